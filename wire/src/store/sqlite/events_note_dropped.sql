UPDATE portreeve_events_dropped SET position = max(position, :dropped)
