-- A record's end with what goes with it, in one statement under READ COMMITTED.
--
-- `held` locks whatever record bears the id, in any state: where another write holds it, this waits,
-- and then looks at the row as committed (EvalPlanQual). So a record that is gone by then is as gone
-- as one that never was, such as after an earlier delete whose answer was lost on its way, and one
-- that has changed is a conflict.
--
-- A claim changes only with the record's revision, and the caller has been told of that revision,
-- so what `freed` sees in its snapshot is the record's claim. The foreign key is checked at the
-- end, when the claim is gone with the record.
WITH {meta},
held AS MATERIALIZED (
    SELECT
        t.record_id,
        t.user_id = :user::bytea
        AND t.revision = :revision::bigint
        AND (t.lease_owner IS NULL OR t.lease_owner = :controller::bytea OR {lease_over})
            AS expected
    FROM portreeve_tenancies t
    WHERE t.record_id = :record::bytea AND (SELECT writable FROM meta)
    FOR UPDATE
),
freed AS (
    UPDATE portreeve_ports
    SET record_id = NULL, free_at = now() + :rest::bigint * interval '1 microsecond'
    WHERE record_id = (SELECT record_id FROM held WHERE expected)
),
deleted AS (
    DELETE FROM portreeve_tenancies
    WHERE record_id = (SELECT record_id FROM held WHERE expected)
    RETURNING record_id
),
told AS (
    {queue_events}
    WHERE EXISTS (SELECT FROM deleted)
    ORDER BY e.number
)
SELECT
    m.schema_version,
    m.oldest_writer,
    NOT EXISTS (SELECT FROM held WHERE NOT expected) AS gone
FROM meta m
