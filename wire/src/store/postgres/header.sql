m.schema_version,
m.oldest_writer,
m.installation,
(SELECT e.engine_id FROM portreeve_engines e WHERE e.name = :engine::text) AS engine_id,
(SELECT max(g.template_generation) FROM portreeve_tenancies g) AS newest_generation,
(extract(epoch FROM now()) * 1000000)::bigint AS now
