SELECT
{record}
FROM portreeve_tenancies t
WHERE t.user_id = :user
