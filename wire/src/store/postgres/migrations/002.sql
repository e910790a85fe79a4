-- A purge that was begun is written down.
--
-- Releases that know schema 1 alone may go on writing (oldest_writer stays 1): they leave the column
-- as it is, so their new records get the default, and a purge that a newer release has begun
-- stays begun and is finished by the next newer one that looks. Until then they may serve that user
-- once more, as they would have if the purge had been asked for a moment later.
--
-- The longest stopped are found by their claims, of which there are no more than ports, so they need
-- no index of their own. One on changed_at would have every write change all indexes, a lease's
-- renewal too.
ALTER TABLE portreeve_tenancies ADD COLUMN purging boolean NOT NULL DEFAULT false;

UPDATE portreeve_meta SET schema_version = 2;
