INSERT INTO portreeve_events (at, user_id, controller, body)
VALUES (:now, :user, :controller, :event)
