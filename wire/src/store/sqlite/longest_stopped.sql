-- Claims are few (as many as there are ports) where records may be many: CROSS JOIN has SQLite begin
-- with them.
SELECT
{record},
    max(:now - t.changed_at, 0) AS unchanged
FROM portreeve_ports c
CROSS JOIN portreeve_tenancies t ON t.record_id = c.record_id
WHERE c.engine = :engine
    AND c.port BETWEEN :first AND :last
    AND t.engine = :engine
    AND t.intent = 'stopped'
    AND NOT t.purging
    AND (t.lease_owner IS NULL OR {lease_over})
ORDER BY t.changed_at, t.user_id
LIMIT :limit
