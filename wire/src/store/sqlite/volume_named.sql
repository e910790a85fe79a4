-- Another record of the engine names the volume. Each half has an index.
EXISTS (
    SELECT 1
    FROM portreeve_tenancies
    WHERE engine = :engine
        AND volume_name = :volume_name
        AND NOT volume_shared
        AND user_id <> :user
)
OR EXISTS (
    SELECT 1
    FROM portreeve_tenancies
    WHERE engine = :engine
        AND volume_name = :volume_name
        AND volume_shared
        AND user_id <> :user
)
