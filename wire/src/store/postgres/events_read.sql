SELECT
    m.schema_version,
    m.oldest_writer,
    d.position AS dropped,
    coalesce((SELECT max(position) FROM portreeve_events), d.position) AS newest,
    e.position,
    (extract(epoch FROM e.at) * 1000000)::bigint AS at,
    e.user_id,
    e.controller,
    e.body
FROM portreeve_meta m
CROSS JOIN portreeve_events_dropped d
LEFT JOIN (
    SELECT position, at, user_id, controller, body
    FROM portreeve_events
    WHERE position > :after::bigint
        AND (
            :age::bigint IS NULL
            -- From the first of that age on: what comes after it may be older by a clock that was set back.
            OR position >= (
                SELECT min(position)
                FROM portreeve_events
                WHERE at >= now() - :age::bigint * interval '1 microsecond'
            )
        )
        AND {whose}
    ORDER BY position
    LIMIT :limit::bigint
) e ON true
ORDER BY e.position
