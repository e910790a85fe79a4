UPDATE portreeve_ports
SET record_id = NULL, free_at = :now + :rest
WHERE :drops AND record_id = :record
