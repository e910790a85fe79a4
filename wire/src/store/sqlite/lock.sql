INSERT INTO portreeve_locks AS l (name, owner, held_until)
VALUES (:name, :owner, :now + :ttl)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, held_until = excluded.held_until
WHERE l.owner = excluded.owner OR l.held_until <= :now OR l.held_until > :now + :longest_lease
RETURNING name
