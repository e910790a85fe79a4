EXISTS (
    SELECT 1
    FROM portreeve_tenancies
    WHERE user_id = :user
        AND engine = :engine
        AND record_id = :record
        AND revision = :revision
        AND (lease_owner IS NULL OR lease_owner = :controller OR {lease_over})
)
