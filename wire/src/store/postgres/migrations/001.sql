-- The first schema. Later steps only add, and each writes its own number into portreeve_meta.

CREATE TABLE portreeve_meta (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    schema_version bigint NOT NULL,
    oldest_writer bigint NOT NULL,
    installation bytea NOT NULL CHECK (octet_length(installation) = 16),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE portreeve_engines (
    name text PRIMARY KEY,
    engine_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- User ids are bytes: text can't hold NUL, and compares as its collation likes.
-- Times are finite, since one infinite time would spoil every answer it is counted in.
-- A touch changes no indexed column, so with room on the page it touches no index either.
CREATE TABLE portreeve_tenancies (
    user_id bytea PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 256),
    record_id bytea NOT NULL UNIQUE CHECK (octet_length(record_id) = 16),
    revision bigint NOT NULL CHECK (revision > 0),
    engine text NOT NULL,
    container_name text NOT NULL,
    volume_name text NOT NULL,
    token bytea NOT NULL,
    token_generation bigint NOT NULL CHECK (token_generation >= 0),
    intent text NOT NULL
        CHECK (intent IN ('stopped', 'starting', 'running', 'stopping', 'removing')),
    container_id text,
    template_generation bigint NOT NULL CHECK (template_generation >= 0),
    idle_limit bigint CHECK (idle_limit >= 0),
    failure_count bigint CHECK (failure_count >= 0),
    failure_reason text,
    failure_exit_code bigint,
    failure_log text,
    retry_at timestamptz CHECK (isfinite(retry_at)),
    adopted boolean NOT NULL,
    lease_owner bytea CHECK (octet_length(lease_owner) = 16),
    lease_until timestamptz CHECK (isfinite(lease_until)),
    last_active timestamptz CHECK (isfinite(last_active)),
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (engine, container_name),
    CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 80);

-- Every look brings the newest generation along.
CREATE INDEX portreeve_tenancies_generation ON portreeve_tenancies (template_generation);
-- The running limit counts these while others wait.
CREATE INDEX portreeve_tenancies_busy ON portreeve_tenancies (engine)
    WHERE intent IN ('starting', 'running');

-- One row for each port that may be claimed. A claim moves from one row to another within one
-- statement, so it is unique when the statement ends, not in between.
CREATE TABLE portreeve_ports (
    engine text NOT NULL,
    port integer NOT NULL CHECK (port BETWEEN 1 AND 65535),
    record_id bytea
        UNIQUE DEFERRABLE INITIALLY DEFERRED
        REFERENCES portreeve_tenancies (record_id) DEFERRABLE INITIALLY DEFERRED,
    free_at timestamptz NOT NULL CHECK (isfinite(free_at)),
    PRIMARY KEY (engine, port)
);

CREATE INDEX portreeve_ports_free ON portreeve_ports (engine, port) WHERE record_id IS NULL;

CREATE TABLE portreeve_locks (
    name text PRIMARY KEY,
    owner bytea NOT NULL,
    held_until timestamptz NOT NULL
);

-- The installation's id has 122 random bits.
INSERT INTO portreeve_meta (schema_version, oldest_writer, installation)
VALUES (1, 1, uuid_send(gen_random_uuid()));
