-- The time is read once, under the transaction's lock, so that all of an effect happens at one time. It has
-- whole milliseconds.
SELECT
    schema_version,
    oldest_writer,
    CAST(round(unixepoch('subsec') * 1000) AS INTEGER) * 1000 AS now
FROM portreeve_meta
