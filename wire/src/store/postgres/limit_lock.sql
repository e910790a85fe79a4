-- Writes under a running limit go one at a time: each must see what the one before it wrote. The lock is a
-- statement of its own, since a statement's snapshot is older than any lock it takes. It ends
-- with the transaction, after what was written can be seen.
SELECT pg_advisory_xact_lock(1886350949::integer, 2::integer)
