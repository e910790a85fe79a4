coalesce(idle_limit, :idle_limit_default) > 0
AND coalesce(last_active, created_at)
    < :now - coalesce(idle_limit, :idle_limit_default) - :idle_slack
