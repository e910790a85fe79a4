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
        :running_limit IS NULL OR :running_limit > (
            SELECT count(*)
            FROM portreeve_tenancies
            WHERE engine = :engine AND user_id <> :user AND intent IN ('starting', 'running')
        ) AS has_room,
        :claims AND (:drops OR NOT EXISTS (
            SELECT 1 FROM portreeve_ports WHERE record_id = :record
        )) AS wants_port
),
found AS MATERIALIZED (
    SELECT s.*, (
        SELECT port
        FROM portreeve_ports
        WHERE s.wants_port
            AND engine = :engine
            AND record_id IS NULL
            AND free_at <= :now
            AND port BETWEEN :first AND :last
        ORDER BY port
        LIMIT 1
    ) AS free_port
    FROM standing s
)
SELECT
    f.expected,
    f.name_taken,
    f.has_room,
    f.free_port,
    NOT f.wants_port OR f.free_port IS NOT NULL AS has_port,
    CASE WHEN f.wants_port AND f.free_port IS NULL THEN (
        SELECT count(*) FROM portreeve_ports WHERE engine = :engine AND port BETWEEN :first AND :last
    ) END AS known_ports,
    NULL AS revision
FROM found f
