-- A volume is one record's: what two users share, the purge of one takes from the other.
--
-- Stores may have records that share one from before. Those are marked, and stay as they are: they can
-- be written, since a write that leaves the volume as it is asks nothing. Whatever names a volume from
-- now on is not marked, and the index lets one such record name it. That a new record names no marked
-- one's volume, the writes ask by themselves; no mark is ever set again, so that can be no race.
--
-- Releases that know schema 2 alone may go on writing (oldest_writer stays 1): they leave the column as it
-- is, so their new records get the default, and the index holds them to the rule. Where they make a
-- record that names another's volume, nothing is written, which they take for another write that
-- came between, and they try again until their time is up. Where they have a record name another's
-- volume (`adopt`), the statement fails, and they say that a rule of the tables forbids it. They can
-- still make a record that names the volume of marked ones, and so share it: newer releases see
-- that, since they ask for it, whether the new record is marked or not.
ALTER TABLE portreeve_tenancies ADD COLUMN volume_shared boolean NOT NULL DEFAULT false;

UPDATE portreeve_tenancies t
SET volume_shared = true
WHERE EXISTS (
    SELECT
    FROM portreeve_tenancies o
    WHERE o.engine = t.engine AND o.volume_name = t.volume_name AND o.user_id <> t.user_id
);

CREATE UNIQUE INDEX portreeve_tenancies_volume ON portreeve_tenancies (engine, volume_name)
    WHERE NOT volume_shared;
-- Mostly empty: so it costs next to nothing to ask it of each record that is read.
CREATE INDEX portreeve_tenancies_shared_volume ON portreeve_tenancies (engine, volume_name)
    WHERE volume_shared;

UPDATE portreeve_meta SET schema_version = 3;
