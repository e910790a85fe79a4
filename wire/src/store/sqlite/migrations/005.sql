-- Who isn't settled is read by itself. Releases that know schema 4 alone may go on writing
-- (oldest_writer stays 1); PostgreSQL's 005.sql says more.
CREATE INDEX portreeve_tenancies_unsettled ON portreeve_tenancies (engine, user_id)
    WHERE intent <> 'stopped' OR lease_owner IS NOT NULL OR purging;

UPDATE portreeve_meta SET schema_version = 5;
