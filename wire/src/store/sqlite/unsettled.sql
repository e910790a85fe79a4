(t.intent <> 'stopped' OR t.lease_owner IS NOT NULL OR t.purging)
