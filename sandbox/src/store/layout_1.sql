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

CREATE TABLE log_groups (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE,
    -- Milliseconds since 1970, as all times here.
    created   INTEGER NOT NULL,
    -- In days; NULL keeps events for ever.
    retention INTEGER,
    -- A JSON object.
    tags      TEXT NOT NULL,
    -- How many events it has, and their size in bytes.
    events    INTEGER NOT NULL DEFAULT 0,
    stored    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE log_streams (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    log_group  INTEGER NOT NULL REFERENCES log_groups (id),
    name       TEXT NOT NULL,
    created    INTEGER NOT NULL,
    -- The time of the latest event, and of the latest writing.
    last_event INTEGER,
    written    INTEGER,
    UNIQUE (log_group, name)
);

CREATE TABLE log_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    log_group  INTEGER NOT NULL,
    log_stream INTEGER NOT NULL,
    timestamp  INTEGER NOT NULL,
    written    INTEGER NOT NULL,
    message    TEXT NOT NULL
);
CREATE INDEX log_events_of_groups ON log_events (log_group, timestamp, id);
CREATE INDEX log_events_of_streams ON log_events (log_stream, timestamp, id);
