others AS MATERIALIZED (
    SELECT count(*) AS running
    FROM portreeve_tenancies
    WHERE :running_limit::bigint IS NOT NULL
        AND engine = :engine::text
        AND user_id <> :user::bytea
        AND intent IN ('starting', 'running')
),
room AS MATERIALIZED (
    SELECT :running_limit::bigint IS NULL OR running < :running_limit::bigint AS has_room
    FROM others
)
