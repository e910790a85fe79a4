CREATE INDEX portreeve_tenancies_ending ON portreeve_tenancies (engine)
    WHERE intent IN ('stopping', 'removing');

UPDATE portreeve_meta SET schema_version = 4;
