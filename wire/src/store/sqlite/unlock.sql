DELETE FROM portreeve_locks WHERE name = :name AND owner = :owner
