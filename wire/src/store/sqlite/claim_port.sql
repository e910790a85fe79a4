UPDATE portreeve_ports
SET record_id = :record
WHERE engine = :engine AND port = :port
