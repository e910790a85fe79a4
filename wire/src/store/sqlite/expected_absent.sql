NOT EXISTS (SELECT 1 FROM portreeve_tenancies WHERE user_id = :user)
