    CASE WHEN NOT v.has_port THEN (
        SELECT count(*)
        FROM portreeve_ports
        WHERE engine = :engine::text AND port BETWEEN :first::bigint AND :last::bigint
    ) END AS known_ports,
    CASE WHEN NOT v.has_port THEN (
        SELECT greatest((extract(epoch FROM min(free_at) - now()) * 1000000)::bigint, 0)
        FROM portreeve_ports
        WHERE engine = :engine::text
            AND record_id IS NULL
            AND port BETWEEN :first::bigint AND :last::bigint
        HAVING count(*) > 0
    ) END AS free_in
