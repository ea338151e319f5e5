-- One row is one thing that a service keeps, such as a function's configuration.
CREATE TABLE records (
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    -- The digest of the file that belongs to it, such as the function's bundle.
    blob  TEXT,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX records_by_blob ON records (blob) WHERE blob IS NOT NULL;

CREATE TABLE log_events (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    log_group    TEXT NOT NULL,
    log_stream   TEXT NOT NULL,
    -- Milliseconds since 1970.
    timestamp    INTEGER NOT NULL,
    ingested     INTEGER NOT NULL,
    message      TEXT NOT NULL
);
CREATE INDEX log_events_by_time ON log_events (log_group, timestamp, id);
