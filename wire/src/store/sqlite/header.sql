SELECT
    m.installation,
    (SELECT e.engine_id FROM portreeve_engines e WHERE e.name = :engine) AS engine_id,
    (SELECT max(g.template_generation) FROM portreeve_tenancies g) AS newest_generation,
    :now AS now
FROM portreeve_meta m
