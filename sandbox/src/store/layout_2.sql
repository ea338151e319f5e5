-- What finds a record besides its key: its values in the indexes of its kind.
CREATE TABLE entries (
    kind       TEXT NOT NULL,
    index_name TEXT NOT NULL,
    value      TEXT NOT NULL,
    key        TEXT NOT NULL,
    PRIMARY KEY (kind, index_name, value, key)
) WITHOUT ROWID;
CREATE INDEX entries_by_record ON entries (kind, key);

-- The indexes that hold all records of a kind.
CREATE TABLE indexes (
    kind  TEXT PRIMARY KEY,
    -- A JSON list.
    names TEXT NOT NULL
) WITHOUT ROWID;
