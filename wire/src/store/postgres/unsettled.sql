(intent <> 'stopped' OR lease_owner IS NOT NULL OR purging)
