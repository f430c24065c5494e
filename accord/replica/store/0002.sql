-- An event id belongs to the log that says it: what another log says under the same id stands beside it, whichever came first.
CREATE TABLE foreign_event_of_log (
    event_id BLOB NOT NULL, origin TEXT NOT NULL, idx INTEGER NOT NULL, file BLOB NOT NULL, kind TEXT NOT NULL,
    PRIMARY KEY (event_id, origin)
) WITHOUT ROWID;
INSERT INTO foreign_event_of_log (event_id, origin, idx, file, kind) SELECT event_id, origin, idx, file, kind FROM foreign_event;
DROP TABLE foreign_event;
ALTER TABLE foreign_event_of_log RENAME TO foreign_event;

CREATE TABLE cited_number_of_log (
    value TEXT NOT NULL, kind TEXT NOT NULL, issuer TEXT NOT NULL, event_id BLOB NOT NULL, event_kind TEXT NOT NULL, count INTEGER,
    occurred_on INTEGER NOT NULL, origin TEXT NOT NULL, file BLOB NOT NULL, PRIMARY KEY (value, kind, issuer, event_id, origin)
) WITHOUT ROWID;
INSERT INTO cited_number_of_log (value, kind, issuer, event_id, event_kind, count, occurred_on, origin, file)
SELECT value, kind, issuer, event_id, event_kind, count, occurred_on, origin, file FROM cited_number;
DROP TABLE cited_number;
ALTER TABLE cited_number_of_log RENAME TO cited_number;

CREATE TABLE referral_of_log (
    event_id BLOB NOT NULL, origin TEXT NOT NULL, file BLOB NOT NULL, to_agency TEXT, PRIMARY KEY (event_id, origin)
) WITHOUT ROWID;
INSERT INTO referral_of_log (event_id, origin, file, to_agency) SELECT event_id, origin, file, to_agency FROM referral;
DROP TABLE referral;
ALTER TABLE referral_of_log RENAME TO referral;
CREATE INDEX IF NOT EXISTS referral_file ON referral (file);

CREATE TABLE order_ref_of_log (
    order_event BLOB NOT NULL, file BLOB NOT NULL, origin TEXT NOT NULL, PRIMARY KEY (order_event, file, origin)
) WITHOUT ROWID;
INSERT INTO order_ref_of_log (order_event, file, origin) SELECT order_event, file, origin FROM order_ref;
DROP TABLE order_ref;
ALTER TABLE order_ref_of_log RENAME TO order_ref;
CREATE INDEX IF NOT EXISTS order_ref_file ON order_ref (file);

-- What a log has come to say: the newest version of the memorandum that it was sealed under, and the time of its last entry that
-- was opened here. Neither goes back.
ALTER TABLE origin ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE origin ADD COLUMN recorded_at INTEGER NOT NULL DEFAULT 0;
-- The class of the file, as its grant said; empty for what was granted before.
ALTER TABLE ring ADD COLUMN file_class TEXT NOT NULL DEFAULT '';
