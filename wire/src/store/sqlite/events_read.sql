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
    WHERE position > :after AND (:age IS NULL OR at >= :now - :age) AND {whose}
    ORDER BY position
    LIMIT :limit
) e ON true
ORDER BY e.position
