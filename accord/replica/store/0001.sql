-- A verified copy of every other agency's log, and what this home's keys open of it.

-- A log: how far it is verified, the right edge of its tree, its newest verified head; why it was stopped, by which head,
-- and whether for good, if it was.
CREATE TABLE IF NOT EXISTS origin (
    no INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, frontier BLOB NOT NULL, head TEXT,
    verified_at INTEGER NOT NULL, pair_key BLOB, generation INTEGER NOT NULL, control_n INTEGER NOT NULL, fault TEXT, evidence TEXT,
    forked INTEGER NOT NULL
);

-- Entries as they came; pos is no * 2^40 + index.
CREATE TABLE IF NOT EXISTS entry (pos INTEGER PRIMARY KEY, leaf BLOB NOT NULL, data BLOB NOT NULL);

-- The chains we hold of a file (under the home's storage key), and how often each has been used.
CREATE TABLE IF NOT EXISTS ring (
    id INTEGER PRIMARY KEY, origin INTEGER NOT NULL, file BLOB NOT NULL, secret BLOB NOT NULL, used BLOB NOT NULL,
    UNIQUE (origin, file)
);
-- The first eight bytes of the locator that a header chain names next.
CREATE TABLE IF NOT EXISTS next_header (
    prefix INTEGER NOT NULL, ring INTEGER NOT NULL, label INTEGER NOT NULL, PRIMARY KEY (prefix, ring, label)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS label (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE);

-- Where chains were used in an entry that we have opened; `control` is the use of the control chain.
CREATE TABLE IF NOT EXISTS opened (pos INTEGER PRIMARY KEY, ring INTEGER, positions BLOB, control INTEGER);
-- Entries of which the coordinating agency can open nothing.
CREATE TABLE IF NOT EXISTS dark (pos INTEGER PRIMARY KEY, told INTEGER NOT NULL);
-- Grants to us whose key message is not here.
CREATE TABLE IF NOT EXISTS awaiting (digest BLOB PRIMARY KEY, pos INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;

-- What happened here, in order: the projection follows it.
CREATE TABLE IF NOT EXISTS feed (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL, origin TEXT NOT NULL, idx INTEGER NOT NULL, detail TEXT, at INTEGER
);
-- Faults to be told to the publisher.
CREATE TABLE IF NOT EXISTS notice_due (
    origin TEXT NOT NULL, idx INTEGER NOT NULL, fault TEXT NOT NULL, entry_id BLOB NOT NULL, PRIMARY KEY (origin, idx, fault)
) WITHOUT ROWID;

-- Those who have asked us for keys again: from which index of our log on.
CREATE TABLE IF NOT EXISTS keys_due (
    asker TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (asker, since)
) WITHOUT ROWID;

-- For citations, handshakes and involvement.
CREATE TABLE IF NOT EXISTS foreign_event (
    event_id BLOB PRIMARY KEY, origin TEXT NOT NULL, idx INTEGER NOT NULL, file BLOB NOT NULL, kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cited_number (
    value TEXT NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, event_id BLOB NOT NULL, event_kind TEXT NOT NULL, count INTEGER,
    occurred_on INTEGER NOT NULL, origin TEXT NOT NULL, file BLOB NOT NULL, PRIMARY KEY (value, kind, issuer, event_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS referral (
    event_id BLOB PRIMARY KEY, origin TEXT NOT NULL, file BLOB NOT NULL, to_agency TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS referral_file ON referral (file);
CREATE TABLE IF NOT EXISTS acceptance (
    referral BLOB NOT NULL, origin TEXT NOT NULL, file BLOB NOT NULL, from_agency TEXT, PRIMARY KEY (referral, origin, file)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS acceptance_file ON acceptance (file);
-- Events that may let agencies into joined files, with the agencies they name.
CREATE TABLE IF NOT EXISTS rule_event (
    file BLOB NOT NULL, seq INTEGER NOT NULL, origin TEXT NOT NULL, event_id BLOB NOT NULL, kind TEXT NOT NULL, named TEXT NOT NULL,
    PRIMARY KEY (file, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rule_event_seq ON rule_event (seq);
CREATE INDEX IF NOT EXISTS rule_event_id ON rule_event (event_id);
-- Events that cite a protection order: their files belong to it.
CREATE TABLE IF NOT EXISTS order_ref (
    order_event BLOB NOT NULL, file BLOB NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (order_event, file)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS order_ref_file ON order_ref (file);

