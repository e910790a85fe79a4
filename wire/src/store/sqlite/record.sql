    t.user_id,
    t.record_id,
    t.revision,
    t.engine,
    t.container_name,
    t.volume_name,
    t.token,
    t.token_generation,
    t.intent,
    t.container_id,
    t.template_generation,
    t.idle_limit,
    t.failure_count,
    t.failure_reason,
    t.failure_exit_code,
    t.failure_log,
    CASE
        WHEN t.retry_at > :now + :longest_backoff THEN 0
        ELSE max(t.retry_at - :now, 0)
    END AS retry_in,
    CASE WHEN t.retry_at > :now + :longest_backoff THEN t.retry_at END AS retry_ahead,
    t.adopted,
    t.purging,
    t.lease_owner,
    CASE
        WHEN t.lease_until > :now + :longest_lease THEN 0
        ELSE max(t.lease_until - :now, 0)
    END AS lease_remaining,
    CASE WHEN t.lease_until > :now + :longest_lease THEN t.lease_until END AS lease_ahead,
    t.last_active,
    {shares_volume} AS shares_volume,
    (SELECT p.port FROM portreeve_ports p WHERE p.record_id = t.record_id) AS port
