UPDATE portreeve_tenancies
SET last_active = max(coalesce(last_active, :now), :now)
WHERE user_id = :user
RETURNING user_id, record_id, revision, intent, last_active
