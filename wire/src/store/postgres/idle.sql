coalesce(idle_limit, :idle_limit_default::bigint) > 0
-- A hundred years are for ever. What somebody wrote by hand may be longer than timestamps reach back.
AND coalesce(last_active, created_at) < now()
    - least(coalesce(idle_limit, :idle_limit_default::bigint), 3155760000000000)
        * interval '1 microsecond'
    - :idle_slack::bigint * interval '1 microsecond'
