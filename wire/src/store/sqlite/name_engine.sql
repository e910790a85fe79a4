INSERT INTO portreeve_engines (name, engine_id, created_at)
VALUES (:engine, :id, :now)
ON CONFLICT (name) DO UPDATE SET name = excluded.name
RETURNING engine_id
