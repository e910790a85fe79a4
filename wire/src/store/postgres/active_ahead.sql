coalesce(last_active, created_at) > now() + :activity_ahead::bigint * interval '1 microsecond'
