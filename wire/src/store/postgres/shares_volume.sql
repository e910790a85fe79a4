-- Of two that share a volume one is marked at least: the index lets no two share it that aren't.
EXISTS (
    SELECT
    FROM portreeve_tenancies o
    WHERE o.engine = t.engine
        AND o.volume_name = t.volume_name
        AND o.volume_shared
        AND o.record_id <> t.record_id
)
OR (t.volume_shared AND EXISTS (
    SELECT
    FROM portreeve_tenancies o
    WHERE o.engine = t.engine AND o.volume_name = t.volume_name AND NOT o.volume_shared
))
