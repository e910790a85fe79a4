WITH {meta},
taken AS (
    INSERT INTO portreeve_locks AS l (name, owner, held_until)
    SELECT :name::text, :owner::bytea, now() + :ttl::bigint * interval '1 microsecond'
    FROM meta
    WHERE writable
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, held_until = excluded.held_until
    WHERE l.owner = excluded.owner OR l.held_until <= now()
        OR l.held_until > now() + :longest_lease::bigint * interval '1 microsecond'
    RETURNING l.name
)
SELECT m.schema_version, m.oldest_writer, t.name IS NOT NULL AS taken
FROM meta m
LEFT JOIN taken t ON true
