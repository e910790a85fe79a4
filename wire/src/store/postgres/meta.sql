meta AS MATERIALIZED (
    SELECT
        schema_version,
        oldest_writer,
        schema_version >= :schema::bigint AND oldest_writer <= :schema::bigint AS writable
    FROM portreeve_meta
)
