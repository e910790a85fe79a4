-- A compare-and-set with what goes with it, in one statement under READ COMMITTED.
--
-- `held` locks the record, if it is as expected. Where another write holds it, this waits, and then
-- compares again with the row as committed (EvalPlanQual): one of two writers at one revision wins.
-- A touch that came between changes neither revision nor lease, so it doesn't get in the way, and
-- `written` works on the row as touched. Whether the user has been idle is asked there too, of the
-- row as locked: a touch that was answered before this was sent, or that this waited for, is seen.
-- A touch that comes later waits for this, and its answer tells of the new revision.
--
-- Everything else is read from the statement's snapshot, which may be older than the lock. That
-- is sound: what `claim` sees changes only with the record's revision, and the caller has been told
-- of that revision, so it was committed before this snapshot was taken. A free port is checked again
-- once it is locked, and ports that others are just claiming are passed over. `others` is exact
-- only behind the lock on running limits, which the statement before this one has taken.
--
-- Two that have their records name one volume at once don't see each other in their snapshots. The index
-- on volumes has the later one wait for the earlier to commit, and then fail (23505: another write came
-- between); tried again, it sees that the volume is taken.
--
-- One certain port is `taken` as it stands, not as the snapshot has it: whoever is just claiming,
-- freeing or adding it is waited for. If it turns out to be another's by then, nothing is written.
-- Nobody waits for a port that another record claims, nor for anything once its own record is
-- written, so writes can't wait for each other in a circle.
--
-- A revision grows by a random step, so that none that a failover has lost comes again (see `Revision`).
-- Older releases write steps of one, and may go on.
--
-- No port is locked unless the record is held, and none is claimed unless the record is written.
WITH {meta},
held AS MATERIALIZED (
    SELECT
        t.user_id,
        t.volume_name,
        :idle_limit_default::bigint IS NULL
        OR ({idle}) AS idle
    FROM portreeve_tenancies t
    WHERE t.user_id = :user::bytea
        AND t.engine = :engine::text
        AND t.record_id = :record::bytea
        AND t.revision = :revision::bigint
        AND (t.lease_owner IS NULL OR t.lease_owner = :controller::bytea OR {lease_over})
        AND (SELECT writable FROM meta)
    FOR NO KEY UPDATE
),
standing AS MATERIALIZED (
    SELECT
        EXISTS (SELECT FROM held) AS expected,
        EXISTS (
            SELECT
            FROM portreeve_tenancies
            WHERE engine = :engine::text
                AND container_name = :container_name::text
                AND user_id <> :user::bytea
        ) AS name_taken,
        EXISTS (SELECT FROM held WHERE volume_name <> :volume_name::text)
        AND (
            {volume_named}
        ) AS volume_taken,
        EXISTS (SELECT FROM held WHERE idle) AS idle
),
{room},
claim AS MATERIALIZED (
    SELECT port FROM portreeve_ports WHERE record_id = :record::bytea
),
free AS MATERIALIZED (
    SELECT p.port
    FROM portreeve_ports p
    WHERE :claims::boolean
        AND (SELECT expected AND NOT name_taken AND NOT volume_taken AND idle FROM standing)
        AND (SELECT has_room FROM room)
        AND (:drops::boolean OR NOT EXISTS (SELECT FROM claim))
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
            WHEN :claims::boolean
                THEN EXISTS (SELECT FROM free) OR (NOT :drops::boolean AND EXISTS (SELECT FROM claim))
            ELSE NOT EXISTS (
                SELECT
                FROM portreeve_ports
                WHERE engine = :engine::text
                    AND port = :take::bigint
                    AND record_id <> :record::bytea
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
    WHERE p.record_id IS NULL OR p.record_id = excluded.record_id
    RETURNING p.port
),
written AS (
    UPDATE portreeve_tenancies t
    SET revision = t.revision + 1 + floor(random() * 2147483648)::bigint,
        container_name = :container_name::text,
        volume_name = :volume_name::text,
        volume_shared = t.volume_shared AND t.volume_name = :volume_name::text,
        token = :token::bytea,
        token_generation = :token_generation::bigint,
        intent = :intent::text,
        container_id = :container_id::text,
        template_generation = :template_generation::bigint,
        idle_limit = :idle_limit::bigint,
        failure_count = :failure_count::bigint,
        failure_reason = :failure_reason::text,
        failure_exit_code = :failure_exit_code::bigint,
        failure_log = :failure_log::text,
        retry_at = now() + :retry_in::bigint * interval '1 microsecond',
        adopted = :adopted::boolean,
        purging = :purging::boolean,
        lease_owner = CASE WHEN :lease::bigint IS NOT NULL THEN :controller::bytea END,
        lease_until = now() + :lease::bigint * interval '1 microsecond',
        last_active = CASE
            WHEN {active_ahead} THEN now()
            WHEN :touch::boolean THEN greatest(t.last_active, now())
            ELSE t.last_active
        END,
        changed_at = now()
    WHERE t.user_id = :user::bytea
        AND (
            SELECT expected AND NOT name_taken AND NOT volume_taken AND idle AND has_room AND has_port
            FROM verdict
        )
        AND (:take::bigint IS NULL OR EXISTS (SELECT FROM taken))
    RETURNING
        t.revision,
        t.last_active,
        {shares_volume} AS shares_volume
),
dropped AS (
    UPDATE portreeve_ports
    SET record_id = NULL, free_at = now() + :rest::bigint * interval '1 microsecond'
    WHERE :drops::boolean
        AND record_id = :record::bytea
        AND port IS DISTINCT FROM :take::bigint
        AND EXISTS (SELECT FROM written)
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
    coalesce(
        (SELECT port FROM free),
        (SELECT port FROM taken),
        (SELECT port FROM claim WHERE NOT :drops::boolean)
    )::bigint AS port,
    (extract(epoch FROM w.last_active) * 1000000)::bigint AS last_active,
    w.shares_volume,
{no_port}
FROM meta m
CROSS JOIN verdict v
LEFT JOIN written w ON true
