-- A first record with what goes with it, in one statement under READ COMMITTED.
--
-- Of two that insert the same user at once neither sees the other in its snapshot; each locks a port
-- of its own, the later one waits in `written` for the earlier to commit, inserts nothing, and
-- so claims nothing: the port it locked is as free as before.
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
        ) AS name_taken
),
others AS MATERIALIZED (
    SELECT count(*) AS running
    FROM portreeve_tenancies
    WHERE :running_limit::bigint IS NOT NULL
        AND engine = :engine::text
        AND user_id <> :user::bytea
        AND intent IN ('starting', 'running')
),
room AS MATERIALIZED (
    SELECT :running_limit::bigint IS NULL OR running < :running_limit::bigint AS has_room
    FROM others
),
free AS MATERIALIZED (
    SELECT p.port
    FROM portreeve_ports p
    WHERE :claims::boolean
        AND (SELECT expected AND NOT name_taken FROM standing)
        AND (SELECT has_room FROM room)
        AND p.engine = :engine::text
        AND p.record_id IS NULL
        AND p.free_at <= now()
        AND p.port BETWEEN :first::bigint AND :last::bigint
    ORDER BY p.port
    LIMIT 1
    FOR UPDATE OF p SKIP LOCKED
),
verdict AS MATERIALIZED (
    SELECT
        s.expected,
        s.name_taken,
        (SELECT has_room FROM room) AS has_room,
        NOT :claims::boolean OR EXISTS (SELECT FROM free) AS has_port
    FROM standing s
),
written AS (
    INSERT INTO portreeve_tenancies AS t (
        user_id, record_id, revision, engine, container_name, volume_name, token, token_generation,
        intent, container_id, template_generation, idle_limit, failure_count, failure_reason,
        failure_exit_code, failure_log, retry_at, adopted, lease_owner, lease_until, last_active
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
        CASE WHEN :lease::bigint IS NOT NULL THEN :controller::bytea END,
        now() + :lease::bigint * interval '1 microsecond',
        CASE WHEN :touch::boolean THEN now() END
    FROM verdict v
    WHERE v.expected AND NOT v.name_taken AND v.has_room AND v.has_port
    ON CONFLICT DO NOTHING
    RETURNING t.revision, t.last_active
),
claimed AS (
    UPDATE portreeve_ports
    SET record_id = :record::bytea
    WHERE engine = :engine::text
        AND port = (SELECT port FROM free)
        AND EXISTS (SELECT FROM written)
)
SELECT
    m.schema_version,
    m.oldest_writer,
    v.expected,
    v.name_taken,
    v.has_room,
    v.has_port,
    w.revision,
    (SELECT port FROM free)::bigint AS port,
    (extract(epoch FROM w.last_active) * 1000000)::bigint AS last_active,
    CASE WHEN NOT v.has_port THEN (
        SELECT count(*)
        FROM portreeve_ports
        WHERE engine = :engine::text AND port BETWEEN :first::bigint AND :last::bigint
    ) END AS known_ports
FROM meta m
CROSS JOIN verdict v
LEFT JOIN written w ON true
