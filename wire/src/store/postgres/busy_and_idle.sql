intent IN ('starting', 'running')
AND {idle}
