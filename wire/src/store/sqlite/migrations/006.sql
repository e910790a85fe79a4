-- What happens to users is told with the write that records it. Writes go one at a time, so an event's
-- position is given when it is written. Releases that know schema 5 alone may go on writing (oldest_writer
-- stays 1): what they do isn't told.
CREATE TABLE portreeve_events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    user_id BLOB NOT NULL,
    controller BLOB NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX portreeve_events_user ON portreeve_events (user_id, position);

-- The last position that was dropped.
CREATE TABLE portreeve_events_dropped (
    only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    position INTEGER NOT NULL
) STRICT;

INSERT INTO portreeve_events_dropped (position) VALUES (0);

UPDATE portreeve_meta SET schema_version = 6;
