-- `DO UPDATE` changes nothing; unlike `DO NOTHING` it answers with the row that is there, also
-- where another registration committed it a moment ago.
WITH {meta},
named AS (
    INSERT INTO portreeve_engines AS e (name, engine_id)
    SELECT :engine::text, :id::text FROM meta WHERE writable
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING e.engine_id
),
added AS (
    INSERT INTO portreeve_ports (engine, port, free_at)
    SELECT :engine::text, wanted.port, now()
    FROM generate_series(:first::bigint, :last::bigint) AS wanted (port)
    WHERE (SELECT engine_id FROM named) = :id::text
    ON CONFLICT (engine, port) DO NOTHING
)
SELECT m.schema_version, m.oldest_writer, n.engine_id
FROM meta m
LEFT JOIN named n ON true
