-- What each login of an agency may do. The owner runs it after every `accord store prepare`:
--
--     psql -v agency=police -f grants.sql postgresql://accord_police_owner@HOST/accord_police
--
-- Nobody but the owner changes or removes an entry, a node or a head of a log, its own or a copy.
-- File secrets, rings, pair keys and waiting events lie under the home's storage key besides; the reader does not even see those.
\set ON_ERROR_STOP on
\set publisher accord_ :agency _publisher
\set projector accord_ :agency _projector
\set reader accord_ :agency _reader

BEGIN;
REVOKE ALL ON ALL TABLES IN SCHEMA store, replica, reads FROM :"publisher", :"projector", :"reader";
GRANT USAGE ON SCHEMA store, replica, reads TO :"publisher", :"projector", :"reader";
GRANT SELECT ON store.schema_version, replica.schema_version, reads.schema_version TO :"publisher", :"projector", :"reader";
GRANT SELECT ON store.writer TO :"publisher", :"projector", :"reader";
GRANT UPDATE ON store.writer TO :"publisher", :"projector";

-- ---- The publisher ----

GRANT SELECT ON ALL TABLES IN SCHEMA store TO :"publisher";
GRANT INSERT ON store.stored_events, store.log_node, store.log_head, store.file, store.ended, store.chain_break, store.matter,
    store.event, store.number, store.label, store.pair_key, store.outbox_key, store.waiting, store.handshake,
    store.adoption, store.progress, store.tracking TO :"publisher";
GRANT UPDATE ON store.ended, store.pair_key, store.waiting, store.progress, store.tracking TO :"publisher";
GRANT DELETE ON store.outbox_key, store.waiting TO :"publisher";
GRANT SELECT ON ALL TABLES IN SCHEMA replica TO :"publisher";

-- ---- The projector ----

GRANT SELECT ON store.stored_events, store.log_node, store.log_head, store.file, store.ended, store.chain_break, store.label,
    store.pair_key, store.handshake, store.progress, store.tracking TO :"projector";
GRANT INSERT ON store.stored_events, store.log_node, store.log_head, store.ended, store.chain_break, store.label,
    store.outbox_key, store.handshake, store.progress, store.tracking, store.file TO :"projector";
GRANT UPDATE ON store.ended, store.pair_key, store.progress, store.tracking TO :"projector";
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA replica TO :"projector";
GRANT UPDATE ON replica.origin, replica.ring, replica.opened, replica.dark, replica.referral TO :"projector";
GRANT DELETE ON replica.next_header, replica.dark, replica.awaiting, replica.notice_due TO :"projector";
REVOKE INSERT ON replica.schema_version FROM :"projector";

-- ---- Those who ask ----

GRANT SELECT ON store.stored_events, store.log_node, store.log_head, store.label, store.progress, store.tracking, store.matter,
    store.number, store.event, store.adoption TO :"reader";
GRANT SELECT (event_id, since, position, field) ON store.waiting TO :"reader";
GRANT SELECT ON replica.entry, replica.label, replica.feed, replica.opened, replica.dark, replica.awaiting, replica.notice_due,
    replica.foreign_event, replica.cited_number, replica.referral, replica.acceptance, replica.rule_event, replica.order_ref
    TO :"reader";
GRANT SELECT (no, slug, size, frontier, head, verified_at, fault, evidence) ON replica.origin TO :"reader";
GRANT SELECT (id, origin, file) ON replica.ring TO :"reader";
-- Every read is written down by whoever reads; nobody changes that afterwards.
GRANT SELECT, INSERT ON reads.stored_events, reads.log_node, reads.log_head TO :"reader", :"publisher", :"projector";
COMMIT;
