intent IN ('starting', 'running')
AND ({idle} OR {active_ahead})
