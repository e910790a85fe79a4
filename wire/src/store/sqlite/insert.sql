INSERT INTO portreeve_tenancies (
    user_id, record_id, revision, engine, container_name, volume_name, token, token_generation,
    intent, container_id, template_generation, idle_limit, failure_count, failure_reason,
    failure_exit_code, failure_log, retry_at, adopted, purging, lease_owner, lease_until,
    last_active, created_at, changed_at
)
VALUES (
    :user,
    :record,
    1,
    :engine,
    :container_name,
    :volume_name,
    :token,
    :token_generation,
    :intent,
    :container_id,
    :template_generation,
    :idle_limit,
    :failure_count,
    :failure_reason,
    :failure_exit_code,
    :failure_log,
    :now + :retry_in,
    :adopted,
    :purging,
    CASE WHEN :lease IS NOT NULL THEN :controller END,
    :now + :lease,
    CASE WHEN :touch THEN :now END,
    :now,
    :now
)
