UPDATE portreeve_meta SET events_dropped = max(events_dropped, :dropped)
