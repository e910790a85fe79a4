-- The page is cut before ports are looked up. bytea compares by bytes.
SELECT
{header},
{record}
FROM portreeve_meta m
LEFT JOIN (
    SELECT *
    FROM portreeve_tenancies
    WHERE engine = :engine::text AND user_id > :after::bytea AND {which}
    ORDER BY user_id
    LIMIT :limit::bigint
) t ON true
LEFT JOIN portreeve_ports p ON p.record_id = t.record_id
ORDER BY t.user_id
