SELECT
{record}
FROM portreeve_tenancies t
WHERE t.engine = :engine AND t.user_id > :after AND {which}
ORDER BY t.user_id
LIMIT :limit
