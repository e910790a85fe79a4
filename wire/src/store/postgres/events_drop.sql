-- Drops some of those that are too old, or too many, beginning with the first in the log.
WITH {meta},
kept AS MATERIALIZED (
    SELECT coalesce(max(position), 0) - :count::bigint AS after FROM portreeve_events
),
dropped AS (
    DELETE FROM portreeve_events
    WHERE position IN (
        SELECT first.position
        FROM (SELECT position, at FROM portreeve_events ORDER BY position LIMIT :at_once::bigint) first
        WHERE (SELECT writable FROM meta)
            AND (
                first.position <= (SELECT after FROM kept)
                OR first.at < now() - :age::bigint * interval '1 microsecond'
            )
    )
    RETURNING position
),
noted AS (
    UPDATE portreeve_events_dropped
    SET position = greatest(position, (SELECT max(position) FROM dropped))
    WHERE EXISTS (SELECT FROM dropped)
)
SELECT m.schema_version, m.oldest_writer FROM meta m
