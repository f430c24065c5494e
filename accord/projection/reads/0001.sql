-- The reading log of one home: sealed entries, tree, heads.
CREATE TABLE IF NOT EXISTS stored_events (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log_node (place INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log_head (size INTEGER PRIMARY KEY, note TEXT NOT NULL, at INTEGER NOT NULL);
