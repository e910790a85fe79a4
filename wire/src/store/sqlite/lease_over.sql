lease_until <= :now OR lease_until > :now + :longest_lease
