-- A volume is one record's. Records that share one from before are marked, and stay as they are;
-- releases that know schema 2 alone may go on writing (oldest_writer stays 1), and the index holds them
-- to the rule: what they write against it fails, and they say that a rule of the tables forbids it.
-- PostgreSQL's 003.sql says more.
ALTER TABLE portreeve_tenancies ADD COLUMN volume_shared INTEGER NOT NULL DEFAULT 0;

UPDATE portreeve_tenancies AS t
SET volume_shared = 1
WHERE EXISTS (
    SELECT 1
    FROM portreeve_tenancies o
    WHERE o.engine = t.engine AND o.volume_name = t.volume_name AND o.user_id <> t.user_id
);

CREATE UNIQUE INDEX portreeve_tenancies_volume ON portreeve_tenancies (engine, volume_name)
    WHERE NOT volume_shared;
CREATE INDEX portreeve_tenancies_shared_volume ON portreeve_tenancies (engine, volume_name)
    WHERE volume_shared;

UPDATE portreeve_meta SET schema_version = 3;
