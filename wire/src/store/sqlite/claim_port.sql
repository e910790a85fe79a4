-- One certain port may be wanted that no row is there for yet.
INSERT INTO portreeve_ports (engine, port, record_id, free_at)
VALUES (:engine, :port, :record, :now)
ON CONFLICT (engine, port) DO UPDATE SET record_id = excluded.record_id
