-- Who is starting or running has an index of its own: those who were stopped may be many more.
-- Only looks: the write that reaps sees whether it is still so.
SELECT
{header},
{record}
FROM portreeve_meta m
LEFT JOIN (
    SELECT *
    FROM portreeve_tenancies
    WHERE engine = :engine::text
        AND user_id > :after::bytea
        AND intent IN ('starting', 'running')
        AND {idle}
    ORDER BY user_id
    LIMIT :limit::bigint
) t ON true
LEFT JOIN portreeve_ports p ON p.record_id = t.record_id
ORDER BY t.user_id
