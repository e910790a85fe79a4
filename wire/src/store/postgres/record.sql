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
    WHEN t.retry_at > now() + :longest_backoff::bigint * interval '1 microsecond' THEN 0
    ELSE greatest((extract(epoch FROM t.retry_at - now()) * 1000000)::bigint, 0)
END AS retry_in,
CASE
    WHEN t.retry_at > now() + :longest_backoff::bigint * interval '1 microsecond'
    THEN (extract(epoch FROM least(t.retry_at, '9999-12-31'::timestamptz)) * 1000000)::bigint
END AS retry_ahead,
t.adopted,
t.purging,
t.lease_owner,
CASE
    WHEN t.lease_until > now() + :longest_lease::bigint * interval '1 microsecond' THEN 0
    ELSE greatest((extract(epoch FROM t.lease_until - now()) * 1000000)::bigint, 0)
END AS lease_remaining,
CASE
    WHEN t.lease_until > now() + :longest_lease::bigint * interval '1 microsecond'
    THEN (extract(epoch FROM least(t.lease_until, '9999-12-31'::timestamptz)) * 1000000)::bigint
END AS lease_ahead,
(extract(epoch FROM t.last_active) * 1000000)::bigint AS last_active,
{shares_volume} AS shares_volume,
p.port::bigint AS port
