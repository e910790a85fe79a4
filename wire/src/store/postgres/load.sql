-- The header comes back even where no record does.
SELECT
{header},
{record}
FROM portreeve_meta m
LEFT JOIN portreeve_tenancies t ON t.user_id = ANY (:users::bytea[])
LEFT JOIN portreeve_ports p ON p.record_id = t.record_id
