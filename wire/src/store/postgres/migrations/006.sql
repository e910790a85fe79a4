-- What happens to users is told with the write that records it.
--
-- A statement puts what it tells into the queue. Whoever reads takes what is committed there, one reader at a
-- time (an advisory lock), and gives it the next positions in the log. So no event can come to stand
-- before one that was read: a statement that isn't committed yet has no position, however early it began.
-- A sequence alone doesn't give that, since it is drawn from before a commit; and writers need not wait for
-- each other.
--
-- Releases that know schema 5 alone may go on writing (oldest_writer stays 1): what they do isn't told.
CREATE TABLE portreeve_event_queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    user_id bytea NOT NULL,
    controller bytea NOT NULL CHECK (octet_length(controller) = 16),
    body text NOT NULL
);

CREATE TABLE portreeve_events (
    position bigint PRIMARY KEY CHECK (position > 0),
    at timestamptz NOT NULL CHECK (isfinite(at)),
    user_id bytea NOT NULL,
    controller bytea NOT NULL,
    body text NOT NULL
);

CREATE INDEX portreeve_events_user ON portreeve_events (user_id, position);

-- The last position that was dropped. It is no column of portreeve_meta: every statement looks there, and one
-- that waits for a table that this migration has changed would wait for it in a circle.
CREATE TABLE portreeve_events_dropped (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL
);

INSERT INTO portreeve_events_dropped (position) VALUES (0);

UPDATE portreeve_meta SET schema_version = 6;
