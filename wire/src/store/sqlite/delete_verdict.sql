SELECT
    user_id = :user
    AND revision = :revision
    AND (lease_owner IS NULL OR lease_owner = :controller OR {lease_over}) AS expected
FROM portreeve_tenancies
WHERE record_id = :record
