-- Rows are locked in user order first: two flushes that share users would otherwise lock them
-- crosswise and deadlock. An update waits for no more than one record, so it can't be in a circle.
WITH {meta},
locked AS MATERIALIZED (
    SELECT user_id
    FROM portreeve_tenancies
    WHERE user_id = ANY (:users::bytea[]) AND (SELECT writable FROM meta)
    ORDER BY user_id
    FOR NO KEY UPDATE
),
touched AS (
    UPDATE portreeve_tenancies t
    SET last_active = CASE
        WHEN {active_ahead} THEN now()
        ELSE greatest(t.last_active, now())
    END
    FROM locked
    WHERE t.user_id = locked.user_id
    RETURNING t.user_id, t.record_id, t.revision, t.intent, t.last_active
)
SELECT
    m.schema_version,
    m.oldest_writer,
    t.user_id,
    t.record_id,
    t.revision,
    t.intent,
    (extract(epoch FROM t.last_active) * 1000000)::bigint AS last_active
FROM meta m
LEFT JOIN touched t ON true
