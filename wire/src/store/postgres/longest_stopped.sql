-- Only looks: each record is written anew before anything is done about it, and that write sees
-- whether it is still so.
--
-- Claims are few (as many as there are ports) where records may be many, so it begins with them.
SELECT
m.schema_version,
m.oldest_writer,
{record},
greatest((extract(epoch FROM now() - t.changed_at) * 1000000)::bigint, 0) AS unchanged
FROM portreeve_meta m
LEFT JOIN (
    SELECT s.*
    FROM portreeve_ports c
    JOIN portreeve_tenancies s ON s.record_id = c.record_id
    WHERE c.engine = :engine::text
        AND c.port BETWEEN :first::bigint AND :last::bigint
        AND s.engine = :engine::text
        AND s.intent = 'stopped'
        AND NOT s.purging
        AND (s.lease_owner IS NULL OR {lease_over})
    ORDER BY s.changed_at, s.user_id
    LIMIT :limit::bigint
) t ON true
LEFT JOIN portreeve_ports p ON p.record_id = t.record_id
ORDER BY t.changed_at, t.user_id
