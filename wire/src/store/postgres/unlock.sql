DELETE FROM portreeve_locks WHERE name = :name::text AND owner = :owner::bytea
