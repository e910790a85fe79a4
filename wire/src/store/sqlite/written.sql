SELECT
    t.revision,
    t.last_active,
    {shares_volume} AS shares_volume,
    (SELECT p.port FROM portreeve_ports p WHERE p.record_id = t.record_id) AS port
FROM portreeve_tenancies t
WHERE t.record_id = :record
