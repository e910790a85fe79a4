others AS MATERIALIZED (
    -- A container takes memory until it is known to be down. Each half has an index of its own.
    SELECT CASE WHEN :running_limit::bigint IS NOT NULL THEN (
        SELECT count(*)
        FROM portreeve_tenancies
        WHERE engine = :engine::text
            AND user_id <> :user::bytea
            AND intent IN ('starting', 'running')
    ) + (
        SELECT count(*)
        FROM portreeve_tenancies
        WHERE engine = :engine::text
            AND user_id <> :user::bytea
            AND intent IN ('stopping', 'removing')
    ) END AS running
),
room AS MATERIALIZED (
    SELECT :running_limit::bigint IS NULL OR running < :running_limit::bigint AS has_room
    FROM others
)
