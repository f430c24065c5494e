-- The publishing store of one agency. Portable between SQLite and PostgreSQL but for the types of keys and bytes.

-- A matter of ours, and the secret from which its chains follow (under the home's storage key).
CREATE TABLE IF NOT EXISTS file (
    file BLOB PRIMARY KEY, class TEXT NOT NULL, secret BLOB NOT NULL
) WITHOUT ROWID;

-- Agencies whose part in a case has ended: from which log index on they are no readers; NULL until the chains began anew.
CREATE TABLE IF NOT EXISTS ended (
    file BLOB NOT NULL, slug TEXT NOT NULL, cut INTEGER, PRIMARY KEY (file, slug)
) WITHOUT ROWID;
-- Uses from which a chain goes on from a new key.
CREATE TABLE IF NOT EXISTS chain_break (
    file BLOB NOT NULL, label TEXT NOT NULL, n INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (file, label, n, times)
) WITHOUT ROWID;

-- The emitter's own key of a matter.
CREATE TABLE IF NOT EXISTS matter (
    class TEXT NOT NULL, subject TEXT NOT NULL, file BLOB NOT NULL, PRIMARY KEY (class, subject)
) WITHOUT ROWID;

-- Our own events, by what references name: an id that follows, under a key of this home, from source and id of the emission;
-- the first 16 bytes of SHA-256 of what was emitted; the place in the log.
CREATE TABLE IF NOT EXISTS event (
    event_id BLOB PRIMARY KEY, content BLOB NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, file BLOB NOT NULL, supersedes BLOB
) WITHOUT ROWID;

-- Official numbers in our own events; `count` only for a charge.
CREATE TABLE IF NOT EXISTS number (
    value TEXT NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, event_id BLOB NOT NULL,
    event_kind TEXT NOT NULL, count INTEGER, occurred_on INTEGER NOT NULL, file BLOB NOT NULL, PRIMARY KEY (value, kind, issuer, event_id)
) WITHOUT ROWID;

-- Complete nodes of the tree above the leaves (RFC 9162, 2.1.1) in the order in which they were completed, and the head
-- signed with each append; microseconds UTC.
CREATE TABLE IF NOT EXISTS log_node (place INTEGER PRIMARY KEY, hash BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS log_head (size INTEGER PRIMARY KEY, note TEXT NOT NULL, at INTEGER NOT NULL);

-- Names of chains, numbered.
CREATE TABLE IF NOT EXISTS label (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE);

-- The key shared with each reader, and how often we have spoken to it on the control chain.
CREATE TABLE IF NOT EXISTS pair_key (
    reader TEXT NOT NULL, generation INTEGER NOT NULL, secret BLOB NOT NULL, sealed BLOB NOT NULL,
    control_n INTEGER NOT NULL, published INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (reader, generation)
) WITHOUT ROWID;

-- Key messages not yet on the wire; eight places for each entry of the log.
CREATE TABLE IF NOT EXISTS outbox_key (place INTEGER PRIMARY KEY, recipient TEXT NOT NULL, message BLOB NOT NULL);

-- Events that cite a number which cannot be resolved yet (under the home's storage key), by the id that they will have.
CREATE TABLE IF NOT EXISTS waiting (
    event_id BLOB PRIMARY KEY, content BLOB NOT NULL, since INTEGER NOT NULL, position INTEGER NOT NULL, field TEXT NOT NULL, held BLOB NOT NULL
) WITHOUT ROWID;

-- Handshakes, so that none is sent twice: what was referred or accepted, from which of our files; and of which entry
-- (in place of a file) its publisher was told a fault.
CREATE TABLE IF NOT EXISTS handshake (
    file BLOB NOT NULL, what TEXT NOT NULL, PRIMARY KEY (file, what)
) WITHOUT ROWID;

-- Which versions of the memorandum our log has adopted, by which entries.
CREATE TABLE IF NOT EXISTS adoption (
    sha256 BLOB NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (sha256, idx)
) WITHOUT ROWID;

-- Counters: log entries published on the wire.
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

