-- Of the event's stream, times and message: see `event_seal.rs`. Those that are here already have none.
ALTER TABLE log_events ADD COLUMN seal TEXT;
