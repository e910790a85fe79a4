-- A first record with what goes with it, in one statement under READ COMMITTED.
--
-- Of two that insert the same user at once neither sees the other in its snapshot; each locks a port
-- of its own, the later one waits in `written` for the earlier to commit, inserts nothing, and
-- so claims nothing: the port it locked is as free as before.
--
-- Two who name one volume at once are like that, too: the index on volumes has the later one wait.
--
-- One certain port is `taken` before the record is written, since that is where it shows whether it
-- can be had. If the record is then not written, the port is claimed for a record that isn't there,
-- and the foreign key, checked at the end, undoes the statement (23503: another write came between).
--
-- A user without a record has not been idle: the record would be made now.
--
-- No port is claimed unless the record is written. See put_update.sql for the rest.
WITH {meta},
standing AS MATERIALIZED (
    SELECT
        NOT EXISTS (
            SELECT FROM portreeve_tenancies WHERE user_id = :user::bytea
        ) AND (SELECT writable FROM meta) AS expected,
        EXISTS (
            SELECT
            FROM portreeve_tenancies
            WHERE engine = :engine::text
                AND container_name = :container_name::text
                AND user_id <> :user::bytea
        ) AS name_taken,
        {volume_named} AS volume_taken,
        :idle_limit_default::bigint IS NULL AS idle
),
{room},
free AS MATERIALIZED (
    SELECT p.port
    FROM portreeve_ports p
    WHERE :claims::boolean
        AND (SELECT expected AND NOT name_taken AND NOT volume_taken AND idle FROM standing)
        AND (SELECT has_room FROM room)
        AND p.engine = :engine::text
        AND p.record_id IS NULL
        AND ({rested})
        AND p.port BETWEEN :first::bigint AND :last::bigint
    ORDER BY p.port
    LIMIT 1
    FOR UPDATE OF p SKIP LOCKED
),
verdict AS MATERIALIZED (
    SELECT
        s.expected,
        s.name_taken,
        s.volume_taken,
        s.idle,
        (SELECT has_room FROM room) AS has_room,
        CASE
            WHEN :claims::boolean THEN EXISTS (SELECT FROM free)
            ELSE NOT EXISTS (
                SELECT
                FROM portreeve_ports
                WHERE engine = :engine::text
                    AND port = :take::bigint
                    AND record_id IS NOT NULL
            )
        END AS has_port
    FROM standing s
),
taken AS (
    INSERT INTO portreeve_ports AS p (engine, port, record_id, free_at)
    SELECT :engine::text, :take::bigint, :record::bytea, now()
    FROM verdict
    WHERE :take::bigint IS NOT NULL
        AND expected
        AND NOT name_taken
        AND NOT volume_taken
        AND idle
        AND has_room
        AND has_port
    ON CONFLICT (engine, port) DO UPDATE SET record_id = excluded.record_id
    WHERE p.record_id IS NULL
    RETURNING p.port
),
written AS (
    INSERT INTO portreeve_tenancies AS t (
        user_id, record_id, revision, engine, container_name, volume_name, token, token_generation,
        intent, container_id, template_generation, idle_limit, failure_count, failure_reason,
        failure_exit_code, failure_log, retry_at, adopted, purging, lease_owner, lease_until,
        last_active
    )
    SELECT
        :user::bytea,
        :record::bytea,
        1,
        :engine::text,
        :container_name::text,
        :volume_name::text,
        :token::bytea,
        :token_generation::bigint,
        :intent::text,
        :container_id::text,
        :template_generation::bigint,
        :idle_limit::bigint,
        :failure_count::bigint,
        :failure_reason::text,
        :failure_exit_code::bigint,
        :failure_log::text,
        now() + :retry_in::bigint * interval '1 microsecond',
        :adopted::boolean,
        :purging::boolean,
        CASE WHEN :lease::bigint IS NOT NULL THEN :controller::bytea END,
        now() + :lease::bigint * interval '1 microsecond',
        CASE WHEN :touch::boolean THEN now() END
    FROM verdict v
    WHERE v.expected
        AND NOT v.name_taken
        AND NOT v.volume_taken
        AND v.idle
        AND v.has_room
        AND v.has_port
        AND (:take::bigint IS NULL OR EXISTS (SELECT FROM taken))
    ON CONFLICT DO NOTHING
    -- A record that names another's volume is not made.
    RETURNING t.revision, t.last_active, false AS shares_volume
),
claimed AS (
    UPDATE portreeve_ports
    SET record_id = :record::bytea
    WHERE engine = :engine::text
        AND port = (SELECT port FROM free)
        AND EXISTS (SELECT FROM written)
),
told AS (
    {queue_events}
    WHERE EXISTS (SELECT FROM written)
    ORDER BY e.number
)
SELECT
    m.schema_version,
    m.oldest_writer,
    v.expected,
    v.name_taken,
    v.volume_taken,
    v.idle,
    v.has_room,
    v.has_port,
    w.revision,
    coalesce((SELECT port FROM free), (SELECT port FROM taken))::bigint AS port,
    (extract(epoch FROM w.last_active) * 1000000)::bigint AS last_active,
    w.shares_volume,
{no_port}
FROM meta m
CROSS JOIN verdict v
LEFT JOIN written w ON true
