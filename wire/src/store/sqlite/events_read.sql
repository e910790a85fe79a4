SELECT
    d.position AS dropped,
    coalesce((SELECT max(position) FROM portreeve_events), d.position) AS newest,
    e.position,
    e.at,
    e.user_id,
    e.controller,
    e.body
FROM portreeve_events_dropped d
LEFT JOIN (
    SELECT position, at, user_id, controller, body
    FROM portreeve_events
    WHERE position > :after
        AND (
            :age IS NULL
            -- From the first of that age on: what comes after it may be older by a clock that was set back.
            OR position >= (SELECT min(position) FROM portreeve_events WHERE at >= :now - :age)
        )
        AND {whose}
    ORDER BY position
    LIMIT :limit
) e ON true
ORDER BY e.position
