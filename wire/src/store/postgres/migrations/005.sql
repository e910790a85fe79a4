-- Who isn't settled is read by itself, in user order: those who are stopped may be a million more, and
-- there is nothing to see to for them. The statements ask for exactly this condition, so that the index
-- answers them.
--
-- A lease that is renewed keeps its owner, so its writes touch no index, as before. Releases that know
-- schema 4 alone may go on writing (oldest_writer stays 1): what they write is in the index by itself.
CREATE INDEX portreeve_tenancies_unsettled ON portreeve_tenancies (engine, user_id)
    WHERE intent <> 'stopped' OR lease_owner IS NOT NULL OR purging;

UPDATE portreeve_meta SET schema_version = 5;
