-- Drops some of those that are too old, or too many, beginning with the first in the log.
DELETE FROM portreeve_events
WHERE position IN (
    SELECT first.position
    FROM (SELECT position, at FROM portreeve_events ORDER BY position LIMIT :at_once) first
    WHERE first.position <= (SELECT max(position) FROM portreeve_events) - :count
        OR first.at < :now - :age
)
RETURNING position
