-- Gives positions to events that are committed and have none, in the order in which they were written for each
-- user: a user's next write waits for the one before it, so it has a greater id. The statement before
-- this one has taken the lock, so this one sees all positions that were given.
WITH {meta},
taken AS (
    DELETE FROM portreeve_event_queue
    WHERE id IN (
        SELECT id
        FROM portreeve_event_queue
        WHERE (SELECT writable FROM meta)
        ORDER BY id
        LIMIT :at_once::bigint
    )
    RETURNING id, at, user_id, controller, body
)
INSERT INTO portreeve_events (position, at, user_id, controller, body)
SELECT
    coalesce(
        (SELECT max(position) FROM portreeve_events),
        (SELECT position FROM portreeve_events_dropped)
    ) + row_number() OVER (ORDER BY t.id),
    t.at,
    t.user_id,
    t.controller,
    t.body
FROM taken t
