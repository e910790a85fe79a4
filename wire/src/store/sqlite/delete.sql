DELETE FROM portreeve_tenancies WHERE record_id = :record
