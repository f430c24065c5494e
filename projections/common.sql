-- What every role's projection has, whoever reads it: headers, files, grants, clocks, and how they are put together.
-- Times are microseconds UTC, dates are days since 1970-01-01, ids are lower-case hex, sets are sorted JSON.
-- A block begins with its directive (table, index, view, on, count, header, write, query), says what it is, and holds one statement.
-- Nothing here computes with dates: what begins or ends with a local day comes as microseconds.

-- ---- What has been read ----

-- table: feed
-- How far each feed has been applied, and by which statements and memorandum. It moves in the transaction of the rows, by
-- compare-and-swap, so that a worker which lost its place writes nothing.
CREATE TABLE feed (
    name       TEXT NOT NULL PRIMARY KEY,
    position   BIGINT NOT NULL,
    definition TEXT NOT NULL
);

-- table: event
-- The header of every event that this home could open. entry is its place: the number of its log times 2^40, plus the index
-- there, so that what belongs together lies together; other tables speak of an event by it. Bit i of opened and awaiting stands for audience i of the kind.
-- occurred_at is filled only where the role may see it; deadlines then run from it instead of the end of the day.
CREATE TABLE event (
    entry             BIGINT NOT NULL PRIMARY KEY,
    event             TEXT NOT NULL,
    origin            TEXT NOT NULL,
    idx               BIGINT NOT NULL,
    file              TEXT NOT NULL,
    file_class        TEXT NOT NULL,
    kind              TEXT NOT NULL,
    occurred_on       INTEGER NOT NULL,
    occurred_at       BIGINT,
    recorded_at       BIGINT NOT NULL,
    supersedes        TEXT,
    correction_reason TEXT,
    memorandum        INTEGER NOT NULL,
    opened            INTEGER NOT NULL,
    awaiting          INTEGER NOT NULL
);

-- index: event_id
-- References name events by id.
CREATE INDEX event_id ON event (event, origin);

-- index: event_file
-- The events of one file, in the order of their log.
CREATE INDEX event_file ON event (file, entry, recorded_at);

-- index: event_supersedes
-- Corrections and voids are few; only they are indexed.
CREATE INDEX event_supersedes ON event (supersedes) WHERE supersedes IS NOT NULL;

-- view: shared_id
-- Ids under which several logs say something: all but one have copied it, and who cannot be told from here.
CREATE VIEW shared_id AS
SELECT event, MIN(origin) AS origin, MAX(origin) AS other FROM event GROUP BY event HAVING MIN(origin) <> MAX(origin);

-- view: file
-- Every matter of every publisher of which an event could be read.
CREATE VIEW file AS
SELECT file, origin, MIN(file_class) AS file_class FROM event GROUP BY file, origin;

-- table: sealed_file
-- Files that a court sealed or expunged. Every value of theirs is forgotten, and this row keeps late keys from reviving it.
CREATE TABLE sealed_file (
    file   TEXT NOT NULL,
    origin TEXT NOT NULL,
    state  TEXT NOT NULL,
    event  TEXT NOT NULL,
    since  BIGINT NOT NULL,
    PRIMARY KEY (file, origin)
);

-- table: granted
-- Who was let into which file, by which entry, under which clause and because of what. The file is one of the log that the
-- grant stands in: nobody hands out the chains of another's file. readers are the chains handed out,
-- entries the log indices of earlier entries that the grant opens; rule is the place of the rule of involvement in the
-- memorandum in force, -1 for a grant under another version. Where an agency is given more by a rule that only an earlier version
-- has, it is -1 too, and clause is empty.
CREATE TABLE granted (
    origin       TEXT NOT NULL,
    idx          BIGINT NOT NULL,
    recipient    TEXT NOT NULL,
    file         TEXT NOT NULL,
    file_class   TEXT NOT NULL,
    history      TEXT NOT NULL,
    readers      TEXT NOT NULL,
    entries      TEXT NOT NULL,
    rule         INTEGER NOT NULL,
    clause       TEXT NOT NULL,
    because_origin TEXT NOT NULL,
    because_event  TEXT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    PRIMARY KEY (file, recipient, origin, idx)
);

-- table: adoption
-- Which version of the memorandum each log has adopted, and where.
CREATE TABLE adoption (
    origin      TEXT NOT NULL,
    idx         BIGINT NOT NULL,
    adopted     TEXT NOT NULL,
    version     INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (origin, idx)
);

-- table: log
-- The last verified head of each log. A log whose head is old is silent, and nothing is called overdue from it.
CREATE TABLE log (
    origin      TEXT NOT NULL PRIMARY KEY,
    size        BIGINT NOT NULL,
    verified_at BIGINT NOT NULL
);

-- table: alarm
-- Faults of logs and entries noticed here. The detail never holds a value.
CREATE TABLE alarm (
    origin TEXT NOT NULL,
    idx    BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (origin, idx, kind, detail)
);

-- table: notice
-- What readers told publishers about faulty entries.
CREATE TABLE notice (
    origin       TEXT NOT NULL,
    idx          BIGINT NOT NULL,
    fault        TEXT NOT NULL,
    about_origin TEXT NOT NULL,
    about_idx    BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    PRIMARY KEY (origin, idx)
);

-- table: not_understood
-- Entries of a type that this version does not know. They stay counted and shown until it does.
CREATE TABLE not_understood (
    origin TEXT NOT NULL,
    idx    BIGINT NOT NULL,
    PRIMARY KEY (origin, idx)
);

-- table: counted
-- What may only be counted (4.7): the code, the quarter, and an opaque key that lets a correction replace its own row.
-- There is no file and no event here, and no table holds the key, so that no join leads to a case.
CREATE TABLE counted (
    tally   TEXT NOT NULL,
    field   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    quarter INTEGER NOT NULL,
    PRIMARY KEY (tally, field)
);

-- table: uncounted
-- Keys of counts that were corrected, voided or sealed; a late key must not count them again.
CREATE TABLE uncounted (
    tally TEXT NOT NULL PRIMARY KEY
);

-- ---- What the obligations are computed from ----

-- table: origin
-- The number of each log, given when it is first seen.
CREATE TABLE origin (
    origin TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
);

-- table: memorandum
-- The number of each version that an event names, given when it is first seen.
CREATE TABLE memorandum (
    sha256 TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
);

-- table: promise
-- What an event has promised: one row for each obligation that it starts, written beside it by the runner. An answer cites
-- target, the event itself (empty where the obligation is matched on something else: sought), and is not known to have been
-- made before since. due and owner are empty where they cannot be told; unread = 1: a condition is not readable here.
CREATE TABLE promise (
    entry       BIGINT NOT NULL,
    rule        INTEGER NOT NULL,
    target      TEXT,
    since       BIGINT,
    due         BIGINT,
    owner       TEXT,
    unread      INTEGER NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (entry, rule)
);

-- table: sought
-- What an answer may cite besides the event itself: what that cites (of, or_of), or its file, as publisher/file.
CREATE TABLE sought (
    entry  BIGINT NOT NULL,
    rule   INTEGER NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (entry, rule, target)
);

-- table: answer
-- What an event may answer: one row for each obligation whose conditions it meets and each target that it cites in field
-- ("file": its own file). It was made between earliest and latest: the same, where the minute is readable here.
CREATE TABLE answer (
    target      TEXT NOT NULL,
    rule        INTEGER NOT NULL,
    entry       BIGINT NOT NULL,
    field       TEXT NOT NULL,
    event       TEXT NOT NULL,
    earliest    BIGINT NOT NULL,
    latest      BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (target, rule, entry, field)
);

-- table: reference
-- The references by which files are joined, one row per target.
CREATE TABLE reference (
    target TEXT NOT NULL,
    field  TEXT NOT NULL,
    kind   TEXT NOT NULL,
    entry  BIGINT NOT NULL,
    PRIMARY KEY (target, field, kind, entry)
);

-- table: mark
-- Values that a query tests, one row per code: who is let in, and what a finding misses. An empty value says: readable here,
-- and nothing stated. Without any row the field is not readable here.
CREATE TABLE mark (
    entry BIGINT NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (entry, field, value)
);

-- table: rule
-- One obligation of the memorandum, by its place there. of_another = 1: its answer cites what the trigger cites, and never the
-- trigger itself ("of"). It has either within_days or within_micros. seen, own_seen: whether this role reads what it needs of
-- every answer, or of its own.
CREATE TABLE rule (
    number        INTEGER NOT NULL PRIMARY KEY,
    rule          TEXT NOT NULL,
    trigger_kind  TEXT NOT NULL,
    of_another    INTEGER NOT NULL,
    within_days   INTEGER,
    within_micros BIGINT,
    clause        TEXT NOT NULL,
    why           TEXT NOT NULL,
    seen          INTEGER NOT NULL,
    own_seen      INTEGER NOT NULL
);

-- table: finding
-- What should have come before an event of this kind; fields counts them.
CREATE TABLE finding (
    finding TEXT NOT NULL,
    kind    TEXT NOT NULL,
    field   TEXT NOT NULL,
    fields  INTEGER NOT NULL,
    clause  TEXT NOT NULL,
    PRIMARY KEY (finding, field)
);

-- table: involvement
-- Who is let in by an event of this kind (empty: of any) of this publisher: recipient, if field is empty or names it. What is
-- opened is the event's own file, or (joined = 1) the files of owner that referrals and orders join to it; only of this class
-- (empty: of any). number is the rule's place in the memorandum; history = 1: with what came before.
CREATE TABLE involvement (
    number     INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    publisher  TEXT NOT NULL,
    field      TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    owner      TEXT NOT NULL,
    joined     INTEGER NOT NULL,
    file_class TEXT NOT NULL,
    history    INTEGER NOT NULL,
    clause     TEXT NOT NULL,
    PRIMARY KEY (kind, publisher, joined, number, recipient, owner, file_class)
);

-- table: involvement_until
-- Which acts end the part in a case that a rule gave.
CREATE TABLE involvement_until (
    number INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    PRIMARY KEY (number, kind)
);

-- ---- Corrections ----

-- view: succession
-- Which event takes the place of which. Only a later entry of the same log in the same file may do that: a correction of
-- the same kind, or a void. The file is compared so that no engine looks through all of it for an event that goes by its id.
CREATE VIEW succession AS
SELECT later.entry AS entry, earlier.entry AS old, later.kind AS kind, later.recorded_at AS recorded_at
FROM event AS later
JOIN event AS earlier
    ON earlier.event = later.supersedes
    AND earlier.origin = later.origin
    AND NOT earlier.file <> later.file
    AND earlier.entry < later.entry
WHERE later.supersedes IS NOT NULL
    AND (later.kind = earlier.kind OR later.kind = 'EventVoided');

-- view: false_succession
-- Events that claim to supersede what they may not. The claim is ignored, and shown.
CREATE VIEW false_succession AS
SELECT later.event AS event, later.origin AS origin, later.file AS file, later.supersedes AS old, later.recorded_at AS recorded_at
FROM event AS later
JOIN event AS earlier ON earlier.event = later.supersedes
WHERE later.supersedes IS NOT NULL
    AND NOT (
        earlier.origin = later.origin
        AND earlier.file = later.file
        AND earlier.entry < later.entry
        AND (later.kind = earlier.kind OR later.kind = 'EventVoided')
    );

-- view: form
-- Every event that was corrected or voided, and every correction and void, with the first event of its chain (root): all of a
-- chain are forms of one act, and a reference to one is a reference to the act.
CREATE VIEW form AS
WITH RECURSIVE walk (entry, root) AS (
    SELECT s.old, s.old
    FROM succession AS s
    WHERE s.old NOT IN (SELECT entry FROM succession)
    UNION
    SELECT s.entry, w.root
    FROM walk AS w
    JOIN succession AS s ON s.old = w.entry
)
SELECT w.entry AS entry, w.root AS root, e.event AS event, e.recorded_at AS recorded_at
FROM walk AS w
CROSS JOIN event AS e
WHERE e.entry = w.entry;

-- view: superseded
-- Every event of a chain that has later ones, and since when the first of them has been recorded: it holds no longer from then on.
CREATE VIEW superseded AS
SELECT entry, recorded_at
FROM (
    SELECT f.entry, MIN(f.recorded_at) OVER (
        PARTITION BY f.root ORDER BY f.entry DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS recorded_at
    FROM form AS f
) AS x
WHERE recorded_at IS NOT NULL;

-- ---- Files joined into cases ----

-- view: handshake
-- An acceptance and the referral that it cites: each publisher has said that the two files are one matter. Both must be case
-- files, and of two publishers: nobody shakes hands with himself. The acceptance must name the referrer; whether the referral
-- names the acceptor is said by that form of it which holds.
CREATE VIEW handshake AS
SELECT a.entry AS cited, a.origin AS origin_a, a.file AS file_a,
    b.entry AS entry_b, b.origin AS origin_b, b.file AS file_b, b.recorded_at AS at_b
FROM reference AS w
JOIN event AS b ON b.entry = w.entry AND b.file_class = 'case'
JOIN referral_accepted AS acc ON acc.entry = b.entry
JOIN event AS a ON a.event = w.target AND a.origin = acc.from_agency AND a.file_class = 'case'
WHERE w.field = 'referral' AND w.kind = 'ReferralAccepted' AND a.origin <> b.origin;

-- view: link
-- What one publisher says about its own file and another: says = 1 they are one person's matter, 0 they are not. It counts
-- while entry is in force, from the later of recorded_at and needs_at on.
CREATE VIEW link AS
SELECT e.entry, e.origin, e.file, o.origin AS other_origin, o.file AS other_file, e.recorded_at, 1 AS says, o.recorded_at AS needs_at
FROM case_linked AS l
JOIN event AS e ON e.entry = l.entry AND e.file_class = 'case'
JOIN event AS o ON o.event = l.other_event AND o.file_class = 'case'
WHERE NOT (e.file = o.file AND e.origin = o.origin)
UNION ALL
SELECT e.entry, e.origin, e.file, o.origin, o.file, e.recorded_at, 0, o.recorded_at
FROM case_unlinked AS u
JOIN event AS e ON e.entry = u.entry AND e.file_class = 'case'
JOIN event AS o ON o.event = u.other_event AND o.file_class = 'case'
WHERE NOT (e.file = o.file AND e.origin = o.origin);

-- ---- What the runner writes ----

-- write: advance
-- The feed moves on, if nobody else has moved it.
UPDATE feed SET position = :position WHERE name = 'feed' AND position = :expected;

-- write: event
-- A header is written once; when it comes again, more of its audiences may be open. occurred_at is passed only where the role
-- may see it, and is a value like others: a sealed file takes none.
INSERT INTO event (entry, event, origin, idx, file, file_class, kind, occurred_on, occurred_at, recorded_at, supersedes,
    correction_reason, memorandum, opened, awaiting)
VALUES (:entry, :event, :origin, :idx, :file, :file_class, :kind, :occurred_on,
    CASE WHEN NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
        THEN CAST(:occurred_at AS BIGINT) END,
    :recorded_at, :supersedes, :correction_reason, :memorandum, :opened, :awaiting)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(event.occurred_at, excluded.occurred_at),
    opened = event.opened | excluded.opened,
    awaiting = event.awaiting | excluded.awaiting
WHERE event.event = excluded.event;

-- write: origin
-- A log gets its number.
INSERT INTO origin (origin, number) VALUES (:origin, :number);

-- write: memorandum
-- A version gets its number.
INSERT INTO memorandum (sha256, number) VALUES (:sha256, :number);

-- write: promise
-- What an event promises is written once; where it comes again it is forgotten first.
INSERT INTO promise (entry, rule, target, since, due, owner, unread, recorded_at)
SELECT :entry, :rule, :target, :since, :due, :owner, :unread, :recorded_at
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin);

-- write: forget_promise
-- More of an event is open, and it is judged anew.
DELETE FROM promise WHERE entry = :entry;

-- write: sought
-- What its answer may cite besides.
INSERT INTO sought (entry, rule, target)
SELECT :entry, :rule, :target
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry, rule, target) DO NOTHING;

-- write: answer
-- What an event answers; when it comes again, the minute may be open.
INSERT INTO answer (target, rule, entry, field, event, earliest, latest, recorded_at)
SELECT :target, :rule, :entry, :field, :event, :earliest, :latest, :recorded_at
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (target, rule, entry, field) DO UPDATE SET earliest = excluded.earliest, latest = excluded.latest;

-- write: reference
-- One row per target by which files are joined.
INSERT INTO reference (target, field, kind, entry)
SELECT :target, :field, :kind, :entry
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (target, field, kind, entry) DO NOTHING;

-- write: mark
-- One row per value that a query tests.
INSERT INTO mark (value, field, entry)
SELECT :value, :field, :entry
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry, field, value) DO NOTHING;

-- write: granted
-- A grant is an entry of its log and never changes.
INSERT INTO granted (origin, idx, recipient, file, file_class, history, readers, entries, rule, clause, because_origin,
    because_event, recorded_at)
VALUES (:origin, :idx, :recipient, :file, :file_class, :history, :readers, :entries, :rule, :clause, :because_origin,
    :because_event, :recorded_at)
ON CONFLICT (file, recipient, origin, idx) DO NOTHING;

-- write: adoption
-- A log adopts a version by an entry of its own.
INSERT INTO adoption (origin, idx, adopted, version, recorded_at)
VALUES (:origin, :idx, :adopted, :version, :recorded_at)
ON CONFLICT (origin, idx) DO NOTHING;

-- write: log
-- The newest verified head, whatever the order of arrival.
INSERT INTO log (origin, size, verified_at) VALUES (:origin, :size, :verified_at)
ON CONFLICT (origin) DO UPDATE SET
    size = CASE WHEN excluded.size > log.size THEN excluded.size ELSE log.size END,
    verified_at = CASE WHEN excluded.verified_at > log.verified_at THEN excluded.verified_at ELSE log.verified_at END;

-- write: alarm
-- An alarm is said once.
INSERT INTO alarm (origin, idx, kind, detail) VALUES (:origin, :idx, :kind, :detail)
ON CONFLICT (origin, idx, kind, detail) DO NOTHING;

-- write: notice
-- What a reader told a publisher.
INSERT INTO notice (origin, idx, fault, about_origin, about_idx, recorded_at)
VALUES (:origin, :idx, :fault, :about_origin, :about_idx, :recorded_at)
ON CONFLICT (origin, idx) DO NOTHING;

-- write: not_understood
-- An entry of a type that is not known here.
INSERT INTO not_understood (origin, idx) VALUES (:origin, :idx)
ON CONFLICT (origin, idx) DO NOTHING;

-- write: uncount
-- A count that no longer holds is blocked ...
INSERT INTO uncounted (tally) VALUES (:tally)
ON CONFLICT (tally) DO NOTHING;

-- write: drop_count
-- ... and taken out.
DELETE FROM counted WHERE tally = :tally;

-- write: recount
-- When a seal is lifted, its counts may come again.
DELETE FROM uncounted WHERE tally = :tally;

-- write: seal
-- From here on the file takes no value.
INSERT INTO sealed_file (file, origin, state, event, since) VALUES (:file, :origin, :state, :event, :since)
ON CONFLICT (file, origin) DO UPDATE SET state = excluded.state, event = excluded.event, since = excluded.since;

-- write: unseal
-- A lifted seal; what was forgotten comes again from the log.
DELETE FROM sealed_file WHERE file = :file AND origin = :origin AND state = 'sealed';

-- write: forget_times
-- The minute is a value like others.
UPDATE event SET occurred_at = NULL WHERE file = :file AND origin = :origin;

-- write: forget_promises
-- Nothing of a sealed file promises anything, ...
DELETE FROM promise WHERE entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin);

-- write: forget_sought
-- ... nor what it was looked for by, ...
DELETE FROM sought WHERE entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin);

-- write: forget_answers
-- ... answers anything, ...
DELETE FROM answer WHERE entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin);

-- write: forget_references
-- ... joins files, ...
DELETE FROM reference WHERE entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin);

-- write: forget_marks
-- ... or is tested.
DELETE FROM mark WHERE entry IN (SELECT entry FROM event WHERE file = :file AND origin = :origin);

-- write: rule
-- The obligations are filled from the memorandum when the projection is built.
INSERT INTO rule (number, rule, trigger_kind, of_another, within_days, within_micros, clause, why, seen, own_seen)
VALUES (:number, :rule, :trigger_kind, :of_another, :within_days, :within_micros, :clause, :why, :seen, :own_seen);

-- write: finding
-- What should have come before.
INSERT INTO finding (finding, kind, field, fields, clause) VALUES (:finding, :kind, :field, :fields, :clause);

-- write: involvement
-- Who is to be let in, ...
INSERT INTO involvement (number, kind, publisher, field, recipient, owner, joined, file_class, history, clause)
VALUES (:number, :kind, :publisher, :field, :recipient, :owner, :joined, :file_class, :history, :clause);

-- write: involvement_until
-- ... and what ends it.
INSERT INTO involvement_until (number, kind) VALUES (:number, :kind);

-- ---- What every role may ask ----

-- query: said
-- What the publisher of one file says, as of a time, about each file that it ever named as the same matter.
WITH gone AS MATERIALIZED (
    SELECT entry FROM superseded WHERE recorded_at <= :as_of
),
act AS MATERIALIZED (
    SELECT entry, root, recorded_at FROM form
),
held AS MATERIALIZED (
    SELECT root, MAX(entry) AS entry FROM act WHERE recorded_at <= :as_of GROUP BY root
),
shaken AS MATERIALIZED (
    SELECT a.entry AS entry_a, h.origin_a, h.file_a, a.recorded_at AS at_a, h.entry_b, h.origin_b, h.file_b, h.at_b
    FROM (
        SELECT cited, origin_a, file_a, entry_b, origin_b, file_b, at_b FROM handshake WHERE file_a = :file AND origin_a = :origin
        UNION ALL
        SELECT cited, origin_a, file_a, entry_b, origin_b, file_b, at_b FROM handshake WHERE file_b = :file AND origin_b = :origin
    ) AS h
    LEFT JOIN act AS f ON f.entry = h.cited
    LEFT JOIN held AS t ON t.root = f.root
    JOIN event AS a ON a.entry = COALESCE(t.entry, h.cited) AND a.recorded_at <= :as_of
    JOIN case_referred AS ref ON ref.entry = a.entry AND ref.to_agency = h.origin_b
    WHERE h.at_b <= :as_of AND h.entry_b NOT IN (SELECT entry FROM gone)
),
statement AS (
    SELECT entry_a AS entry, origin_a AS origin, file_a AS file, origin_b AS other_origin, file_b AS other_file,
        at_a AS recorded_at, 1 AS says, at_b AS needs_at
    FROM shaken
    UNION ALL
    SELECT entry_b, origin_b, file_b, origin_a, file_a, at_b, 1, at_a
    FROM shaken
    UNION ALL
    SELECT entry, origin, file, other_origin, other_file, recorded_at, says, needs_at
    FROM link
    WHERE recorded_at <= :as_of AND needs_at <= :as_of AND entry NOT IN (SELECT entry FROM gone)
        AND file = :file AND origin = :origin
),
said AS (
    SELECT s.origin, s.file, s.other_origin, s.other_file, s.says,
        CASE WHEN s.recorded_at > s.needs_at THEN s.recorded_at ELSE s.needs_at END AS since,
        ROW_NUMBER() OVER (
            PARTITION BY s.file, s.other_file, s.origin, s.other_origin
            ORDER BY COALESCE(r.recorded_at, s.recorded_at) DESC, COALESCE(r.entry, s.entry) DESC, s.entry DESC, s.needs_at DESC
        ) AS nth
    FROM statement AS s
    LEFT JOIN act AS f ON f.entry = s.entry
    LEFT JOIN event AS r ON r.entry = f.root
    WHERE s.file = :file AND s.origin = :origin
)
SELECT other_origin, other_file, says, since FROM said WHERE nth = 1 ORDER BY other_file, other_origin;

-- query: links
-- Which files are joined, as of a time: what each publisher said last about the two files is that they are one matter. When an
-- act was first recorded counts, whatever was corrected in it later: a correction never overtakes a parting of files.
WITH gone AS MATERIALIZED (
    SELECT entry FROM superseded WHERE recorded_at <= :as_of
),
act AS MATERIALIZED (
    SELECT entry, root, recorded_at FROM form
),
held AS MATERIALIZED (
    SELECT root, MAX(entry) AS entry FROM act WHERE recorded_at <= :as_of GROUP BY root
),
shaken AS MATERIALIZED (
    SELECT a.entry AS entry_a, h.origin_a, h.file_a, a.recorded_at AS at_a, h.entry_b, h.origin_b, h.file_b, h.at_b
    FROM handshake AS h
    LEFT JOIN act AS f ON f.entry = h.cited
    LEFT JOIN held AS t ON t.root = f.root
    JOIN event AS a ON a.entry = COALESCE(t.entry, h.cited) AND a.recorded_at <= :as_of
    JOIN case_referred AS ref ON ref.entry = a.entry AND ref.to_agency = h.origin_b
    WHERE h.at_b <= :as_of AND h.entry_b NOT IN (SELECT entry FROM gone)
),
statement AS (
    SELECT entry_a AS entry, origin_a AS origin, file_a AS file, origin_b AS other_origin, file_b AS other_file,
        at_a AS recorded_at, 1 AS says, at_b AS needs_at
    FROM shaken
    UNION ALL
    SELECT entry_b, origin_b, file_b, origin_a, file_a, at_b, 1, at_a
    FROM shaken
    UNION ALL
    SELECT entry, origin, file, other_origin, other_file, recorded_at, says, needs_at
    FROM link
    WHERE recorded_at <= :as_of AND needs_at <= :as_of AND entry NOT IN (SELECT entry FROM gone)
),
said AS MATERIALIZED (
    SELECT s.origin, s.file, s.other_origin, s.other_file, s.says,
        CASE WHEN s.recorded_at > s.needs_at THEN s.recorded_at ELSE s.needs_at END AS since,
        ROW_NUMBER() OVER (
            PARTITION BY s.file, s.other_file, s.origin, s.other_origin
            ORDER BY COALESCE(r.recorded_at, s.recorded_at) DESC, COALESCE(r.entry, s.entry) DESC, s.entry DESC, s.needs_at DESC
        ) AS nth
    FROM statement AS s
    LEFT JOIN act AS f ON f.entry = s.entry
    LEFT JOIN event AS r ON r.entry = f.root
)
SELECT a.origin, a.file, a.other_origin, a.other_file, CASE WHEN a.since > b.since THEN a.since ELSE b.since END AS since
FROM said AS a
JOIN said AS b
    ON b.origin = a.other_origin AND b.file = a.other_file AND b.other_origin = a.origin AND b.other_file = a.file
WHERE a.nth = 1 AND b.nth = 1 AND a.says = 1 AND b.says = 1
    AND (a.file < a.other_file OR (a.file = a.other_file AND a.origin < a.other_origin))
ORDER BY a.file, a.origin, a.other_file, a.other_origin;

-- query: files
-- Every file with what it holds as of a time.
SELECT origin, file, MIN(file_class) AS file_class, COUNT(*) AS events, MIN(occurred_on) AS first_on, MAX(occurred_on) AS last_on
FROM event
WHERE recorded_at <= :as_of
GROUP BY file, origin
ORDER BY file, origin;

-- query: headers
-- The events of one file as of a time, in the order of their log.
SELECT e.entry, e.event, e.origin, e.idx, e.file, e.file_class, e.kind, e.occurred_on, e.occurred_at, e.recorded_at,
    e.supersedes, e.correction_reason, m.sha256, e.opened, e.awaiting
FROM event AS e
JOIN memorandum AS m ON m.number = e.memorandum
WHERE e.file = :file AND e.origin = :origin AND e.recorded_at <= :as_of
ORDER BY e.entry;

-- query: corrections
-- What holds in the place of those events of one file that were corrected or voided, as of a time; voided: nothing holds.
WITH RECURSIVE walk (entry, root) AS (
    SELECT e.entry, e.entry
    FROM event AS e
    WHERE e.file = :file AND e.origin = :origin AND NOT EXISTS (SELECT 1 FROM succession AS s WHERE s.entry = e.entry)
    UNION
    SELECT s.entry, w.root
    FROM walk AS w
    JOIN succession AS s ON s.old = w.entry
),
held AS (
    SELECT w.entry, MAX(CASE WHEN e.recorded_at <= :as_of THEN w.entry END) OVER (PARTITION BY w.root) AS last
    FROM walk AS w
    CROSS JOIN event AS e
    WHERE e.entry = w.entry
)
SELECT h.entry, l.event, CASE WHEN l.kind = 'EventVoided' THEN 1 ELSE 0 END AS voided
FROM held AS h
CROSS JOIN event AS l
WHERE h.entry < h.last AND l.entry = h.last
ORDER BY h.entry;

-- query: grants
-- Who was let into one file as of a time, and by what; who was given more without a clause is in it by the one before.
SELECT g.recipient, g.idx, g.history, g.readers, g.entries,
    CASE WHEN g.clause <> '' THEN g.clause ELSE COALESCE((
        SELECT p.clause FROM granted AS p
        WHERE p.file = :file AND p.recipient = g.recipient AND p.origin = :origin AND p.idx < g.idx AND p.clause <> ''
        ORDER BY p.idx DESC LIMIT 1
    ), '') END AS clause,
    g.because_origin, g.because_event, g.recorded_at, MIN(b.idx) AS because_idx
FROM granted AS g
LEFT JOIN event AS b ON b.event = g.because_event AND b.origin = g.origin AND b.file = g.file
WHERE g.file = :file AND g.origin = :origin AND g.recorded_at <= :as_of
GROUP BY g.recipient, g.idx, g.history, g.readers, g.entries, g.clause, g.because_origin, g.because_event, g.recorded_at
ORDER BY g.recorded_at, g.idx, g.recipient;

-- query: masks
-- How many events of each kind are open to the same extent.
SELECT e.kind, m.sha256, e.opened, e.awaiting, COALESCE(s.state, '') AS sealed, COUNT(*) AS events
FROM event AS e
JOIN memorandum AS m ON m.number = e.memorandum
LEFT JOIN sealed_file AS s ON s.file = e.file AND s.origin = e.origin
WHERE e.recorded_at <= :as_of
GROUP BY e.kind, m.sha256, e.opened, e.awaiting, COALESCE(s.state, '')
ORDER BY e.kind, m.sha256, e.opened, e.awaiting, COALESCE(s.state, '');

-- query: obligations
-- Every promise that an event started, as of a time: whose it is, when it is due, whether and by what it was answered.
-- state: kept, late; open, due (within a day), overdue; silent (overdue, but nothing was heard of the owner's log for a day);
-- cannot be computed (this role does not read what the rule needs). Corrected and voided events neither start nor answer.
-- Of several answers the first counts. It is found as the least of texts that hold, one after the other, the earliest and the
-- latest moment at which it was made (19 digits each, from 2^62 on), its event (32) and the field that cites the trigger.
-- each = 1: every promise; 0: those that call for somebody (due, overdue, late, silent), and of the others how many by rule and state.
WITH gone AS MATERIALIZED (
    SELECT entry FROM superseded WHERE recorded_at <= :as_of
),
act AS MATERIALIZED (
    SELECT entry, root, event FROM form
),
cited AS MATERIALIZED (
    -- what answers an act in any of its forms
    SELECT x.root, a.rule, a.earliest, a.latest, a.event, a.field
    FROM act AS x
    CROSS JOIN answer AS a
    WHERE a.target = x.event AND a.recorded_at <= :as_of AND a.entry NOT IN (SELECT entry FROM gone)
),
aside AS (
    -- answers that cite something other than the trigger as it stands: what is sought, or an earlier or later form of either
    SELECT p.entry, p.rule, a.earliest, a.latest, a.event, a.field
    FROM sought AS p
    CROSS JOIN answer AS a
    WHERE a.target = p.target AND a.rule = p.rule
        AND a.recorded_at <= :as_of AND a.entry NOT IN (SELECT entry FROM gone) /* of one file */
    UNION ALL
    SELECT p.entry, p.rule, c.earliest, c.latest, c.event, c.field
    FROM sought AS p
    CROSS JOIN act AS x
    CROSS JOIN cited AS c
    WHERE x.event = p.target AND c.root = x.root AND c.rule = p.rule /* of one file */
    UNION ALL
    SELECT p.entry, p.rule, c.earliest, c.latest, c.event, c.field
    FROM act AS x
    CROSS JOIN promise AS p
    CROSS JOIN cited AS c
    WHERE p.entry = x.entry AND p.target = x.event AND p.entry NOT IN (SELECT entry FROM gone)
        AND c.root = x.root AND c.rule = p.rule /* of one file */
),
otherwise AS MATERIALIZED (
    SELECT p.entry, p.rule,
        MIN(
            CAST(a.earliest + 4611686018427387904 AS TEXT) || CAST(a.latest + 4611686018427387904 AS TEXT)
            || a.event || a.field
        ) AS first
    FROM aside AS a
    CROSS JOIN promise AS p
    WHERE p.entry = a.entry AND p.rule = a.rule AND a.latest >= p.since
    GROUP BY p.entry, p.rule
),
direct AS (
    SELECT p.entry, p.rule, p.owner, p.due, p.unread,
        MIN(
            CAST(a.earliest + 4611686018427387904 AS TEXT) || CAST(a.latest + 4611686018427387904 AS TEXT)
            || a.event || a.field
        ) AS first
    FROM promise AS p
    LEFT JOIN answer AS a
        ON a.target = p.target AND a.rule = p.rule
        AND a.recorded_at <= :as_of AND a.latest >= p.since AND a.entry NOT IN (SELECT entry FROM gone)
    WHERE p.recorded_at <= :as_of AND p.entry NOT IN (SELECT entry FROM gone) /* of one file */
    GROUP BY p.entry, p.rule
),
answered AS (
    SELECT d.entry, d.rule, d.owner, d.due, d.unread,
        CASE WHEN o.first IS NULL OR d.first < o.first THEN d.first ELSE o.first END AS first
    FROM direct AS d
    LEFT JOIN otherwise AS o ON o.entry = d.entry AND o.rule = d.rule
),
judged AS MATERIALIZED (
    SELECT x.entry, x.rule, x.owner, x.due, x.first,
        CASE
            WHEN x.unread = 1 OR x.due IS NULL OR x.owner IS NULL THEN 'cannot be computed'
            WHEN x.first IS NOT NULL AND CAST(SUBSTR(x.first, 1, 19) AS BIGINT) - 4611686018427387904 <= x.due THEN 'kept'
            WHEN CASE WHEN x.owner = :agency THEN r.own_seen ELSE r.seen END = 0 THEN 'cannot be computed'
            WHEN r.of_another = 1
                AND NOT EXISTS (SELECT 1 FROM sought AS s WHERE s.entry = x.entry AND s.rule = x.rule) THEN 'cannot be computed'
            WHEN x.first IS NOT NULL THEN 'late'
            WHEN x.due >= :as_of + 86400000000 THEN 'open'
            WHEN x.due >= :as_of THEN 'due'
            WHEN l.verified_at IS NULL OR l.verified_at < :as_of - 86400000000 THEN 'silent'
            ELSE 'overdue'
        END AS state
    FROM answered AS x
    CROSS JOIN rule AS r
    LEFT JOIN log AS l ON l.origin = x.owner
    WHERE r.number = x.rule
)
SELECT r.rule AS rule, r.clause, r.why, e.event AS event, e.origin, e.file, x.owner, x.due AS due,
    SUBSTR(x.first, 39, 32) AS response,
    SUBSTR(x.first, 71) AS matched_on, x.state, 1 AS promises
FROM judged AS x
CROSS JOIN rule AS r
CROSS JOIN event AS e
WHERE r.number = x.rule AND e.entry = x.entry AND (:each = 1 OR x.state IN ('due', 'overdue', 'late', 'silent'))
UNION ALL
SELECT r.rule, r.clause, r.why, NULL, NULL, NULL, NULL, NULL, NULL, NULL, x.state, COUNT(*)
FROM judged AS x
CROSS JOIN rule AS r
WHERE r.number = x.rule AND :each = 0 AND x.state NOT IN ('due', 'overdue', 'late', 'silent')
GROUP BY r.rule, r.clause, r.why, x.state
ORDER BY due NULLS FIRST, rule, event;

-- query: joined_twice
-- Whether any file cites more than one referral or order. Where none does, few ways lead from one file to another.
SELECT e.file
FROM reference AS w
CROSS JOIN event AS e
WHERE e.entry = w.entry AND w.field IN ('referral', 'order')
GROUP BY e.file, e.entry >> 40
HAVING COUNT(*) > 1
ORDER BY e.file
LIMIT 1;

-- query: joins
-- Which files are joined for grants as of a time, and since when, the earliest first: by a referral taken in, or an order named.
WITH gone AS MATERIALIZED (
    SELECT entry FROM superseded WHERE recorded_at <= :as_of
),
act AS MATERIALIZED (
    SELECT entry, root, recorded_at FROM form
),
held AS MATERIALIZED (
    SELECT root, MAX(entry) AS entry FROM act WHERE recorded_at <= :as_of GROUP BY root
),
shaken AS MATERIALIZED (
    SELECT a.entry AS entry_a, h.origin_a, h.file_a, a.recorded_at AS at_a, h.entry_b, h.origin_b, h.file_b, h.at_b
    FROM handshake AS h
    LEFT JOIN act AS f ON f.entry = h.cited
    LEFT JOIN held AS t ON t.root = f.root
    JOIN event AS a ON a.entry = COALESCE(t.entry, h.cited) AND a.recorded_at <= :as_of
    JOIN case_referred AS ref ON ref.entry = a.entry AND ref.to_agency = h.origin_b
    WHERE h.at_b <= :as_of AND h.entry_b NOT IN (SELECT entry FROM gone)
),
linked AS (
    -- the two ways in which files are joined for grants: a referral taken in, and an order named
    SELECT entry_a, origin_a, file_a, entry_b, origin_b, file_b, CASE WHEN at_a > at_b THEN at_a ELSE at_b END AS since
    FROM shaken
    UNION ALL
    SELECT a.entry, a.origin, a.file, b.entry, b.origin, b.file, CASE WHEN a.recorded_at > b.recorded_at THEN a.recorded_at ELSE b.recorded_at END
    FROM reference AS w
    JOIN event AS a ON a.event = w.target AND a.recorded_at <= :as_of
    JOIN event AS b ON b.entry = w.entry AND b.recorded_at <= :as_of
    WHERE w.field = 'order' AND b.file_class = 'order' AND NOT (a.file = b.file AND a.origin = b.origin)
)
SELECT entry_a, origin_a, file_a, entry_b, origin_b, file_b FROM linked ORDER BY since, entry_a, entry_b;

-- query: involvements
-- Who should have been let into a file and was not, or was late, as of a time. owner is the file's publisher, event what lets
-- recipient in. The hours run from when the event was recorded; where the file is joined, from when the joining was recorded too.
-- A grant counts that the file's publisher made, unless the part that it gave had ended by an act in the file before the event.
-- What a later act of the case ends is no longer owed. Only events under the memorandum in force are looked at.
-- A file goes by the number of its first entry (the number of its log stands above bit 40): paths of numbers are short to keep.
WITH RECURSIVE gone AS MATERIALIZED (
    SELECT entry FROM superseded WHERE recorded_at <= :as_of
),
called AS MATERIALIZED (
    -- whom an event lets in, in its own file or in joined ones
    SELECT i.number, i.recipient, i.history, i.owner, i.joined, i.file_class, e.file, e.entry, e.recorded_at AS since
    FROM event AS e
    CROSS JOIN involvement AS i
    WHERE i.kind = e.kind AND i.publisher = e.origin
        AND (i.joined = 1 OR i.file_class = '' OR i.file_class = e.file_class)
        AND (i.field = '' OR EXISTS (
            SELECT 1 FROM mark AS m WHERE m.entry = e.entry AND m.field = i.field AND m.value = i.recipient
        ))
        AND e.recorded_at <= :as_of AND e.entry NOT IN (SELECT entry FROM gone)
        AND e.memorandum = (SELECT m.number FROM memorandum AS m WHERE m.sha256 = :memorandum)
),
standing AS (
    -- whom any event lets in, the first of its file
    SELECT i.number, i.recipient, i.history, i.owner, e.file, e.entry, e.recorded_at AS since
    FROM (
        SELECT MIN(entry) AS entry FROM event
        WHERE recorded_at <= :as_of AND entry NOT IN (SELECT entry FROM gone)
        GROUP BY file, entry >> 40
    ) AS f
    CROSS JOIN event AS e
    CROSS JOIN involvement AS i
    WHERE e.entry = f.entry AND i.kind = '' AND i.publisher = e.origin AND i.joined = 0
        AND (i.file_class = '' OR i.file_class = e.file_class)
        AND e.memorandum = (SELECT m.number FROM memorandum AS m WHERE m.sha256 = :memorandum)
),
act AS MATERIALIZED (
    SELECT entry, root, recorded_at FROM form
),
held AS MATERIALIZED (
    SELECT root, MAX(entry) AS entry FROM act WHERE recorded_at <= :as_of GROUP BY root
),
shaken AS MATERIALIZED (
    SELECT a.entry AS entry_a, h.origin_a, h.file_a, a.recorded_at AS at_a, h.entry_b, h.origin_b, h.file_b, h.at_b
    FROM handshake AS h
    LEFT JOIN act AS f ON f.entry = h.cited
    LEFT JOIN held AS t ON t.root = f.root
    JOIN event AS a ON a.entry = COALESCE(t.entry, h.cited) AND a.recorded_at <= :as_of
    JOIN case_referred AS ref ON ref.entry = a.entry AND ref.to_agency = h.origin_b
    WHERE h.at_b <= :as_of AND h.entry_b NOT IN (SELECT entry FROM gone)
),
linked AS (
    -- the two ways in which files are joined for grants: a referral taken in, and an order named
    SELECT entry_a, file_a, entry_b, file_b, CASE WHEN at_a > at_b THEN at_a ELSE at_b END AS since
    FROM shaken
    UNION ALL
    SELECT a.entry, a.file, b.entry, b.file, CASE WHEN a.recorded_at > b.recorded_at THEN a.recorded_at ELSE b.recorded_at END
    FROM reference AS w
    JOIN event AS a ON a.event = w.target AND a.recorded_at <= :as_of
    JOIN event AS b ON b.entry = w.entry AND b.recorded_at <= :as_of
    WHERE w.field = 'order' AND b.file_class = 'order' AND NOT (a.file = b.file AND a.origin = b.origin)
),
numbered AS MATERIALIZED (
    SELECT (SELECT MIN(x.entry) FROM event AS x WHERE x.file = l.file_a AND x.entry >= (l.entry_a >> 40) << 40) AS a,
        (SELECT MIN(x.entry) FROM event AS x WHERE x.file = l.file_b AND x.entry >= (l.entry_b >> 40) << 40) AS b,
        l.since
    FROM linked AS l
    WHERE l.entry_a >= 0 /* but not these */
),
pair AS MATERIALIZED (
    SELECT a AS file, b AS other, since FROM numbered
    UNION ALL
    SELECT b, a, since FROM numbered
),
opening AS MATERIALIZED (
    SELECT c.number, c.recipient, c.history, c.owner, c.joined, c.file_class, c.entry, c.since,
        (SELECT MIN(x.entry) FROM event AS x WHERE x.file = c.file AND x.entry >= (c.entry >> 40) << 40) AS start
    FROM called AS c
    WHERE c.joined = 1 OR c.number IN (SELECT number FROM involvement_until)
),
path (start, file, since, via) AS (
    -- never straight back: a file is found once, but by ways that part and meet again, and those are not asked for
    SELECT DISTINCT start, start, CAST(0 AS BIGINT), CAST(-1 AS BIGINT) FROM opening
    UNION
    SELECT r.start, p.other, CASE WHEN p.since > r.since THEN p.since ELSE r.since END, r.file
    FROM path AS r
    JOIN pair AS p ON p.file = r.file AND p.other <> r.via
),
reach AS MATERIALIZED (
    SELECT start, file, MIN(since) AS since FROM path GROUP BY start, file
),
closing AS MATERIALIZED (
    SELECT r.start, u.number, MAX(c.recorded_at) AS recorded_at
    FROM event AS c
    CROSS JOIN involvement_until AS u
    CROSS JOIN reach AS r
    WHERE c.kind IN (SELECT kind FROM involvement_until) AND c.recorded_at <= :as_of AND u.kind = c.kind
        AND r.file = (SELECT MIN(x.entry) FROM event AS x WHERE x.file = c.file AND x.entry >= (c.entry >> 40) << 40)
    GROUP BY r.start, u.number
),
wanted AS (
    SELECT number, recipient, history, owner, file, entry, since FROM called WHERE joined = 0
    UNION ALL
    SELECT number, recipient, history, owner, file, entry, since FROM standing
    UNION ALL
    SELECT o.number, o.recipient, o.history, o.owner, f.file, o.entry, CASE WHEN r.since > o.since THEN r.since ELSE o.since END
    FROM opening AS o
    CROSS JOIN origin AS n
    CROSS JOIN reach AS r
    CROSS JOIN event AS f
    WHERE o.joined = 1 AND n.origin = o.owner AND r.start = o.start AND (r.file >> 40) = n.number AND f.entry = r.file
        AND (o.file_class = '' OR o.file_class = (SELECT MIN(x.file_class) FROM event AS x WHERE x.file = f.file AND x.origin = f.origin))
),
hours AS MATERIALIZED (
    SELECT number, COALESCE(within_micros, within_days * 86400000000) AS micros FROM rule WHERE trigger_kind = 'Involvement'
),
unmet AS MATERIALIZED (
    -- nearly everything is granted in time, and is not looked at further
    SELECT w.number, w.recipient, w.history, w.owner, w.file, w.entry, h.number AS rule, w.since + h.micros AS due
    FROM wanted AS w
    CROSS JOIN hours AS h
    WHERE NOT EXISTS (
        SELECT 1 FROM granted AS g
        WHERE g.file = w.file AND g.origin = w.owner AND g.recipient = w.recipient AND g.recorded_at <= :as_of AND g.recorded_at <= w.since + h.micros
            AND (g.history = 'all' OR w.history = 0)
            AND NOT EXISTS (
                SELECT 1 FROM involvement_until AS u
                CROSS JOIN origin AS n
                CROSS JOIN event AS c
                WHERE u.number = g.rule AND n.origin = g.origin
                    AND c.file = g.file AND c.origin = g.origin AND c.kind = u.kind
                    AND c.entry > n.number * 1099511627776 + g.idx AND c.entry < w.entry
            )
    )
),
judged AS MATERIALIZED (
    SELECT w.number, w.recipient, w.owner, w.file, w.entry, w.rule, w.due,
        CASE WHEN EXISTS (
            SELECT 1 FROM granted AS g
            WHERE g.file = w.file AND g.origin = w.owner AND g.recipient = w.recipient AND g.recorded_at <= :as_of
                AND (g.history = 'all' OR w.history = 0)
                AND NOT EXISTS (
                    SELECT 1 FROM involvement_until AS u
                    CROSS JOIN origin AS n
                    CROSS JOIN event AS c
                    WHERE u.number = g.rule AND n.origin = g.origin
                        AND c.file = g.file AND c.origin = g.origin AND c.kind = u.kind
                        AND c.entry > n.number * 1099511627776 + g.idx AND c.entry < w.entry
                )
        ) THEN 1 ELSE 0 END AS late
    FROM unmet AS w
)
SELECT r.rule, r.clause, r.why, e.event, e.origin, j.file, j.owner, j.recipient, j.due,
    CASE
        WHEN j.late = 1 THEN 'late'
        WHEN j.due >= :as_of + 86400000000 THEN 'open'
        WHEN j.due >= :as_of THEN 'due'
        WHEN l.verified_at IS NULL OR l.verified_at < :as_of - 86400000000 THEN 'silent'
        ELSE 'overdue'
    END AS state
FROM judged AS j
CROSS JOIN event AS e
CROSS JOIN rule AS r
LEFT JOIN log AS l ON l.origin = j.owner
WHERE e.entry = j.entry AND r.number = j.rule
    AND NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = j.file AND s.origin = j.owner)
    AND NOT EXISTS (
        SELECT 1 FROM closing AS d
        WHERE j.late = 0 AND d.number = j.number AND d.recorded_at > e.recorded_at
            AND d.start = (SELECT MIN(x.entry) FROM event AS x WHERE x.file = e.file AND x.entry >= (e.entry >> 40) << 40)
    )
ORDER BY j.due, j.owner, j.recipient, e.event, j.file;

-- query: findings
-- What should have come before an event and is not there: every field that could cite it is read here and states nothing.
SELECT f.finding, f.clause, e.event, e.origin, e.file, e.occurred_on
FROM finding AS f
JOIN mark AS m ON m.field = f.field AND m.value = ''
JOIN event AS e ON e.entry = m.entry AND e.kind = f.kind
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
GROUP BY f.finding, f.clause, f.fields, e.event, e.origin, e.file, e.occurred_on
HAVING COUNT(DISTINCT f.field) = f.fields
ORDER BY f.finding, e.event;

-- query: counts
-- What may only be counted, by quarter (year times four, plus the quarter from nought).
SELECT kind, field, value, quarter, COUNT(*) AS tally
FROM counted
GROUP BY kind, field, value, quarter
ORDER BY kind, field, value, quarter;
