-- Our own log, which is the event store: entries by their place, with leaf hash and the positions of their chains.
-- A store of before has this table already: the event-sourcing library made it.
CREATE TABLE IF NOT EXISTS stored_events (
    originator_id BLOB NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,
    idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, positions BLOB NOT NULL, UNIQUE (originator_id, originator_version)
);

-- How far others' events have been followed; the library's table, and its own mark of the table's form.
CREATE TABLE IF NOT EXISTS tracking (application_name TEXT PRIMARY KEY, notification_id INTEGER) WITHOUT ROWID;
INSERT INTO tracking (application_name, notification_id) VALUES ('__migration__', 1) ON CONFLICT DO NOTHING;
