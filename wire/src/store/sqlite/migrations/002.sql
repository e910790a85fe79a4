-- A purge that was begun is written down. Releases that know schema 1 alone may go on writing
-- (oldest_writer stays 1), and the longest stopped need no index of their own: PostgreSQL's 002.sql
-- says why.
ALTER TABLE portreeve_tenancies ADD COLUMN purging INTEGER NOT NULL DEFAULT 0;

UPDATE portreeve_meta SET schema_version = 2;
