UPDATE portreeve_tenancies
SET last_active = CASE
    WHEN {active_ahead} THEN :now
    ELSE max(coalesce(last_active, :now), :now)
END
WHERE user_id = :user
RETURNING user_id, record_id, revision, intent, last_active
