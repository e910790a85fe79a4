-- The first schema. Later steps only add, and each writes its own number into portreeve_meta.
-- Times are microseconds since 1970. User ids are bytes, as in PostgreSQL, and compare by them.

CREATE TABLE portreeve_meta (
    only_row INTEGER PRIMARY KEY DEFAULT 1 CHECK (only_row = 1),
    schema_version INTEGER NOT NULL,
    oldest_writer INTEGER NOT NULL,
    installation BLOB NOT NULL CHECK (length(installation) = 16),
    created_at INTEGER NOT NULL DEFAULT (CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000)
) STRICT;

CREATE TABLE portreeve_engines (
    name TEXT PRIMARY KEY,
    engine_id TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE portreeve_tenancies (
    user_id BLOB PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 256),
    record_id BLOB NOT NULL UNIQUE CHECK (length(record_id) = 16),
    revision INTEGER NOT NULL CHECK (revision > 0),
    engine TEXT NOT NULL,
    container_name TEXT NOT NULL,
    volume_name TEXT NOT NULL,
    token BLOB NOT NULL,
    token_generation INTEGER NOT NULL CHECK (token_generation >= 0),
    intent TEXT NOT NULL
        CHECK (intent IN ('stopped', 'starting', 'running', 'stopping', 'removing')),
    container_id TEXT,
    template_generation INTEGER NOT NULL CHECK (template_generation >= 0),
    idle_limit INTEGER CHECK (idle_limit >= 0),
    failure_count INTEGER CHECK (failure_count >= 0),
    failure_reason TEXT,
    failure_exit_code INTEGER,
    failure_log TEXT,
    retry_at INTEGER,
    adopted INTEGER NOT NULL,
    lease_owner BLOB CHECK (length(lease_owner) = 16),
    lease_until INTEGER,
    last_active INTEGER,
    created_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (engine, container_name),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;

CREATE INDEX portreeve_tenancies_generation ON portreeve_tenancies (template_generation);
CREATE INDEX portreeve_tenancies_busy ON portreeve_tenancies (engine)
    WHERE intent IN ('starting', 'running');

CREATE TABLE portreeve_ports (
    engine TEXT NOT NULL,
    port INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    record_id BLOB UNIQUE
        REFERENCES portreeve_tenancies (record_id) DEFERRABLE INITIALLY DEFERRED,
    free_at INTEGER NOT NULL,
    PRIMARY KEY (engine, port)
) STRICT, WITHOUT ROWID;

CREATE INDEX portreeve_ports_free ON portreeve_ports (engine, port) WHERE record_id IS NULL;

CREATE TABLE portreeve_locks (
    name TEXT PRIMARY KEY,
    owner BLOB NOT NULL,
    held_until INTEGER NOT NULL
) STRICT;

INSERT INTO portreeve_meta (schema_version, oldest_writer, installation)
VALUES (1, 1, randomblob(16));
