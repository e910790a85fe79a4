free_at <= now()
OR free_at > now() + :longest_rest::bigint * interval '1 microsecond'
