-- A revision grows by a random step, so that none that was lost with a file that was put back comes again.
UPDATE portreeve_tenancies
SET revision = revision + 1 + (random() & 2147483647),
    container_name = :container_name,
    volume_name = :volume_name,
    volume_shared = volume_shared AND volume_name = :volume_name,
    token = :token,
    token_generation = :token_generation,
    intent = :intent,
    container_id = :container_id,
    template_generation = :template_generation,
    idle_limit = :idle_limit,
    failure_count = :failure_count,
    failure_reason = :failure_reason,
    failure_exit_code = :failure_exit_code,
    failure_log = :failure_log,
    retry_at = :now + :retry_in,
    adopted = :adopted,
    purging = :purging,
    lease_owner = CASE WHEN :lease IS NOT NULL THEN :controller END,
    lease_until = :now + :lease,
    last_active = CASE
        WHEN {active_ahead} THEN :now
        WHEN :touch THEN max(coalesce(last_active, :now), :now)
        ELSE last_active
    END,
    changed_at = :now
WHERE record_id = :record
