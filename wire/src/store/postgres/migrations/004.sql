-- The running limit counts those who are being stopped or removed, too: they take memory until they are
-- known to be down.
--
-- Releases that know schema 3 alone may go on writing (oldest_writer stays 1): they count as they did, and
-- may start one more while another is being stopped.
CREATE INDEX portreeve_tenancies_ending ON portreeve_tenancies (engine)
    WHERE intent IN ('stopping', 'removing');

UPDATE portreeve_meta SET schema_version = 4;
