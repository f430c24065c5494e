-- The reading log of one home: sealed entries, tree, heads.
CREATE TABLE IF NOT EXISTS stored_events (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL, state BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log_node (
    level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, idx)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS log_head (size INTEGER PRIMARY KEY, note TEXT NOT NULL);
