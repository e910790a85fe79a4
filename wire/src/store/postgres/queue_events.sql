-- What a write tells, in order, for whoever reads to number it. Where it is told is for the statement to say.
INSERT INTO portreeve_event_queue (user_id, controller, body)
SELECT :user::bytea, :controller::bytea, convert_from(e.body, 'UTF8')
FROM unnest(:events::bytea[]) WITH ORDINALITY AS e (body, number)
