-- Waits for whoever gives events their positions now; held until the transaction ends.
SELECT pg_advisory_xact_lock(1886350949::integer, 2::integer)
