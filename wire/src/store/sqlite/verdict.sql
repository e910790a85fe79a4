-- What a write would meet: the same questions as in PostgreSQL's statements, asked beforehand, since
-- the transaction holds the database's one write lock.
WITH standing AS MATERIALIZED (
    SELECT
        {expected} AS expected,
        EXISTS (
            SELECT 1
            FROM portreeve_tenancies
            WHERE engine = :engine AND container_name = :container_name AND user_id <> :user
        ) AS name_taken,
        NOT EXISTS (
            SELECT 1
            FROM portreeve_tenancies
            WHERE user_id = :user AND volume_name = :volume_name
        ) AND (
            {volume_named}
        ) AS volume_taken,
        -- A user without a record has not been idle: the record would be made now.
        :idle_limit_default IS NULL OR EXISTS (
            SELECT 1
            FROM portreeve_tenancies
            WHERE user_id = :user AND {idle}
        ) AS idle,
        -- A container takes memory until it is known to be down. Each half has an index of its own.
        :running_limit IS NULL OR :running_limit > (
            SELECT count(*)
            FROM portreeve_tenancies
            WHERE engine = :engine AND user_id <> :user AND intent IN ('starting', 'running')
        ) + (
            SELECT count(*)
            FROM portreeve_tenancies
            WHERE engine = :engine AND user_id <> :user AND intent IN ('stopping', 'removing')
        ) AS has_room,
        :claims AND (:drops OR NOT EXISTS (
            SELECT 1 FROM portreeve_ports WHERE record_id = :record
        )) AS wants_any,
        EXISTS (
            SELECT 1
            FROM portreeve_ports
            WHERE engine = :engine AND port = :take AND record_id <> :record
        ) AS is_anothers
),
found AS MATERIALIZED (
    SELECT s.*, CASE
        WHEN s.wants_any THEN (
            SELECT port
            FROM portreeve_ports
            WHERE engine = :engine
                AND record_id IS NULL
                AND ({rested})
                AND port BETWEEN :first AND :last
            ORDER BY port
            LIMIT 1
        )
        WHEN NOT s.is_anothers THEN :take
    END AS new_port
    FROM standing s
),
verdict AS MATERIALIZED (
    SELECT
        f.*,
        f.new_port IS NOT NULL OR NOT (f.wants_any OR f.is_anothers) AS has_port
    FROM found f
)
SELECT
    v.expected,
    v.name_taken,
    v.volume_taken,
    v.idle,
    v.has_room,
    v.has_port,
    v.new_port,
    CASE WHEN NOT v.has_port THEN (
        SELECT count(*) FROM portreeve_ports WHERE engine = :engine AND port BETWEEN :first AND :last
    ) END AS known_ports,
    CASE WHEN NOT v.has_port THEN (
        SELECT max(min(free_at) - :now, 0)
        FROM portreeve_ports
        WHERE engine = :engine AND record_id IS NULL AND port BETWEEN :first AND :last
    ) END AS free_in,
    NULL AS revision
FROM verdict v
