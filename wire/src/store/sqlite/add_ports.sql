WITH RECURSIVE wanted (port) AS (
    SELECT :first
    UNION ALL
    SELECT port + 1 FROM wanted WHERE port < :last
)
INSERT INTO portreeve_ports (engine, port, free_at)
SELECT :engine, port, :now FROM wanted WHERE true
ON CONFLICT (engine, port) DO NOTHING
