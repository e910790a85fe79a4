coalesce(idle_limit, :idle_limit_default::bigint) > 0
AND coalesce(last_active, created_at) < now()
    - coalesce(idle_limit, :idle_limit_default::bigint) * interval '1 microsecond'
    - :idle_slack::bigint * interval '1 microsecond'
