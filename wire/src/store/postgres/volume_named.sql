-- Another record of the engine names the volume. Each half has an index.
EXISTS (
    SELECT
    FROM portreeve_tenancies
    WHERE engine = :engine::text
        AND volume_name = :volume_name::text
        AND NOT volume_shared
        AND user_id <> :user::bytea
)
OR EXISTS (
    SELECT
    FROM portreeve_tenancies
    WHERE engine = :engine::text
        AND volume_name = :volume_name::text
        AND volume_shared
        AND user_id <> :user::bytea
)
