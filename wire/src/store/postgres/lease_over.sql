lease_until <= now()
OR lease_until > now() + :longest_lease::bigint * interval '1 microsecond'
