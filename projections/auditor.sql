-- What the auditor rebuilds from the exchange: one table per kind of event, one column per field that the memorandum
-- lets it see (the number beside a column is the clause), or that it publishes itself (own). What is not here it never stores.

-- table: report_available
-- ReportAvailable: a report exists; never its text.
CREATE TABLE report_available (
    entry  BIGINT NOT NULL PRIMARY KEY,
    arrest TEXT -- 5.7
);

-- on: ReportAvailable
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO report_available (entry, arrest)
SELECT :entry, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    arrest = COALESCE(report_available.arrest, excluded.arrest);

-- table: charge_filed
-- ChargeFiled: one count filed.
CREATE TABLE charge_filed (
    entry    BIGINT NOT NULL PRIMARY KEY,
    referral TEXT, -- 5.7
    arrest   TEXT, -- 5.7
    count    INTEGER -- 5.7
);

-- on: ChargeFiled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_filed (entry, referral, arrest, count)
SELECT :entry, :referral, :arrest, :count
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    referral = COALESCE(charge_filed.referral, excluded.referral),
    arrest = COALESCE(charge_filed.arrest, excluded.arrest),
    count = COALESCE(charge_filed.count, excluded.count);

-- table: charge_declined
-- ChargeDeclined: a referred matter not charged.
CREATE TABLE charge_declined (
    entry    BIGINT NOT NULL PRIMARY KEY,
    referral TEXT, -- 5.7
    arrest   TEXT -- 5.7
);

-- on: ChargeDeclined
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_declined (entry, referral, arrest)
SELECT :entry, :referral, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    referral = COALESCE(charge_declined.referral, excluded.referral),
    arrest = COALESCE(charge_declined.arrest, excluded.arrest);

-- table: release_conditions_set
-- ReleaseConditionsSet: release decided, conditions set or changed.
CREATE TABLE release_conditions_set (
    entry   BIGINT NOT NULL PRIMARY KEY,
    arrest  TEXT, -- 5.7
    charges TEXT -- 5.7
);

-- on: ReleaseConditionsSet
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO release_conditions_set (entry, arrest, charges)
SELECT :entry, :arrest, :charges
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    arrest = COALESCE(release_conditions_set.arrest, excluded.arrest),
    charges = COALESCE(release_conditions_set.charges, excluded.charges);

-- table: protection_order_served
-- ProtectionOrderServed: served on the restrained person.
CREATE TABLE protection_order_served (
    entry   BIGINT NOT NULL PRIMARY KEY,
    "order" TEXT -- 4.7
);

-- on: ProtectionOrderServed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO protection_order_served (entry, "order")
SELECT :entry, :order
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    "order" = COALESCE(protection_order_served."order", excluded."order");

-- table: protection_order_ended
-- ProtectionOrderEnded: no longer in force.
CREATE TABLE protection_order_ended (
    entry   BIGINT NOT NULL PRIMARY KEY,
    "order" TEXT -- 4.7
);

-- on: ProtectionOrderEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO protection_order_ended (entry, "order")
SELECT :entry, :order
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    "order" = COALESCE(protection_order_ended."order", excluded."order");

-- table: hearing_held
-- HearingHeld: a hearing, with appearance.
CREATE TABLE hearing_held (
    entry        BIGINT NOT NULL PRIMARY KEY,
    hearing_kind TEXT, -- 5.7
    appearance   TEXT, -- 5.7
    arrest       TEXT, -- 5.7
    charges      TEXT, -- 5.7
    ordered_by   TEXT, -- 5.7
    referral     TEXT -- 5.7
);

-- on: HearingHeld
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO hearing_held (entry, hearing_kind, appearance, arrest, charges, ordered_by, referral)
SELECT :entry, :hearing_kind, :appearance, :arrest, :charges, :ordered_by, :referral
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    hearing_kind = COALESCE(hearing_held.hearing_kind, excluded.hearing_kind),
    appearance = COALESCE(hearing_held.appearance, excluded.appearance),
    arrest = COALESCE(hearing_held.arrest, excluded.arrest),
    charges = COALESCE(hearing_held.charges, excluded.charges),
    ordered_by = COALESCE(hearing_held.ordered_by, excluded.ordered_by),
    referral = COALESCE(hearing_held.referral, excluded.referral);

-- table: charge_disposed
-- ChargeDisposed: outcome of one count.
CREATE TABLE charge_disposed (
    entry       BIGINT NOT NULL PRIMARY KEY,
    charge      TEXT, -- 5.7
    disposition TEXT -- 5.7
);

-- on: ChargeDisposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_disposed (entry, charge, disposition)
SELECT :entry, :charge, :disposition
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(charge_disposed.charge, excluded.charge),
    disposition = COALESCE(charge_disposed.disposition, excluded.disposition);

-- table: sentence_imposed
-- SentenceImposed: sanctions, restrictions, rehabilitation, supervision.
CREATE TABLE sentence_imposed (
    entry            BIGINT NOT NULL PRIMARY KEY,
    sentence_phase   TEXT, -- 5.7
    charges          TEXT, -- 5.7
    rehabilitation   TEXT, -- 5.7
    program_sessions INTEGER, -- 5.7
    supervision_kind TEXT, -- 5.7
    community_from   INTEGER, -- 5.7
    review_on        INTEGER, -- 5.7
    supervised_by    TEXT, -- 5.7
    program_by       TEXT -- 5.7
);

-- on: SentenceImposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO sentence_imposed (entry, sentence_phase, charges, rehabilitation, program_sessions, supervision_kind,
    community_from, review_on, supervised_by, program_by)
SELECT :entry, :sentence_phase, :charges, :rehabilitation, :program_sessions, :supervision_kind, :community_from,
    :review_on, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    sentence_phase = COALESCE(sentence_imposed.sentence_phase, excluded.sentence_phase),
    charges = COALESCE(sentence_imposed.charges, excluded.charges),
    rehabilitation = COALESCE(sentence_imposed.rehabilitation, excluded.rehabilitation),
    program_sessions = COALESCE(sentence_imposed.program_sessions, excluded.program_sessions),
    supervision_kind = COALESCE(sentence_imposed.supervision_kind, excluded.supervision_kind),
    community_from = COALESCE(sentence_imposed.community_from, excluded.community_from),
    review_on = COALESCE(sentence_imposed.review_on, excluded.review_on),
    supervised_by = COALESCE(sentence_imposed.supervised_by, excluded.supervised_by),
    program_by = COALESCE(sentence_imposed.program_by, excluded.program_by);

-- table: warrant_issued
-- WarrantIssued: a warrant.
CREATE TABLE warrant_issued (
    entry      BIGINT NOT NULL PRIMARY KEY,
    execute_by TEXT, -- 5.7
    hearing    TEXT -- 5.7
);

-- on: WarrantIssued
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_issued (entry, execute_by, hearing)
SELECT :entry, :execute_by, :hearing
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    execute_by = COALESCE(warrant_issued.execute_by, excluded.execute_by),
    hearing = COALESCE(warrant_issued.hearing, excluded.hearing);

-- table: warrant_ended
-- WarrantEnded: served (LE), recalled or other (CT).
CREATE TABLE warrant_ended (
    entry   BIGINT NOT NULL PRIMARY KEY,
    warrant TEXT -- 5.7
);

-- on: WarrantEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_ended (entry, warrant)
SELECT :entry, :warrant
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    warrant = COALESCE(warrant_ended.warrant, excluded.warrant);

-- table: records_sealed
-- RecordsSealed: access limited.
CREATE TABLE records_sealed (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 3.5
    covers      TEXT, -- 3.5
    referral    TEXT -- 5.7
);

-- on: RecordsSealed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO records_sealed (entry, occurred_at, covers, referral)
SELECT :entry, :occurred_at, :covers, :referral
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(records_sealed.occurred_at, excluded.occurred_at),
    covers = COALESCE(records_sealed.covers, excluded.covers),
    referral = COALESCE(records_sealed.referral, excluded.referral);

-- table: records_unsealed
-- RecordsUnsealed: the seal lifted, in whole or part.
CREATE TABLE records_unsealed (
    entry  BIGINT NOT NULL PRIMARY KEY,
    covers TEXT -- 3.5
);

-- on: RecordsUnsealed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO records_unsealed (entry, covers)
SELECT :entry, :covers
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    covers = COALESCE(records_unsealed.covers, excluded.covers);

-- table: records_expunged
-- RecordsExpunged: to be destroyed after the appeal period.
CREATE TABLE records_expunged (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 3.5
    covers      TEXT, -- 3.5
    referral    TEXT -- 5.7
);

-- on: RecordsExpunged
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO records_expunged (entry, occurred_at, covers, referral)
SELECT :entry, :occurred_at, :covers, :referral
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(records_expunged.occurred_at, excluded.occurred_at),
    covers = COALESCE(records_expunged.covers, excluded.covers),
    referral = COALESCE(records_expunged.referral, excluded.referral);

-- table: legal_hold
-- LegalHold: stops an expungement, or lets it go on.
CREATE TABLE legal_hold (
    entry  BIGINT NOT NULL PRIMARY KEY,
    covers TEXT, -- 3.5
    hold   TEXT -- 3.5
);

-- on: LegalHold
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO legal_hold (entry, covers, hold)
SELECT :entry, :covers, :hold
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    covers = COALESCE(legal_hold.covers, excluded.covers),
    hold = COALESCE(legal_hold.hold, excluded.hold);

-- table: supervision_started
-- SupervisionStarted: supervision opened.
CREATE TABLE supervision_started (
    entry      BIGINT NOT NULL PRIMARY KEY,
    ordered_by TEXT -- 5.7
);

-- on: SupervisionStarted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_started (entry, ordered_by)
SELECT :entry, :ordered_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(supervision_started.ordered_by, excluded.ordered_by);

-- table: supervision_contact
-- SupervisionContact: a contact kept or missed.
CREATE TABLE supervision_contact (
    entry          BIGINT NOT NULL PRIMARY KEY,
    contact_result TEXT -- 5.7
);

-- on: SupervisionContact
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_contact (entry, contact_result)
SELECT :entry, :contact_result
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    contact_result = COALESCE(supervision_contact.contact_result, excluded.contact_result);

-- table: program_enrolled
-- ProgramEnrolled: accepted into a programme.
CREATE TABLE program_enrolled (
    entry      BIGINT NOT NULL PRIMARY KEY,
    ordered_by TEXT, -- 5.7
    referral   TEXT -- 5.7
);

-- on: ProgramEnrolled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_enrolled (entry, ordered_by, referral)
SELECT :entry, :ordered_by, :referral
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(program_enrolled.ordered_by, excluded.ordered_by),
    referral = COALESCE(program_enrolled.referral, excluded.referral);

-- table: program_attendance
-- ProgramAttendance: one session.
CREATE TABLE program_attendance (
    entry          BIGINT NOT NULL PRIMARY KEY,
    session_result TEXT -- 5.7
);

-- on: ProgramAttendance
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_attendance (entry, session_result)
SELECT :entry, :session_result
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    session_result = COALESCE(program_attendance.session_result, excluded.session_result);

-- table: program_ended
-- ProgramEnded: enrolment closed (or intake refused).
CREATE TABLE program_ended (
    entry       BIGINT NOT NULL PRIMARY KEY,
    referral    TEXT, -- 5.7
    program_end TEXT -- 5.7
);

-- on: ProgramEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_ended (entry, referral, program_end)
SELECT :entry, :referral, :program_end
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    referral = COALESCE(program_ended.referral, excluded.referral),
    program_end = COALESCE(program_ended.program_end, excluded.program_end);

-- table: violation_reported
-- ViolationReported: a breach, and who must answer.
CREATE TABLE violation_reported (
    entry          BIGINT NOT NULL PRIMARY KEY,
    violation_kind TEXT, -- 5.7
    breach         TEXT, -- 5.7
    answer_from    TEXT -- 5.7
);

-- on: ViolationReported
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO violation_reported (entry, violation_kind, breach, answer_from)
SELECT :entry, :violation_kind, :breach, :answer_from
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    violation_kind = COALESCE(violation_reported.violation_kind, excluded.violation_kind),
    breach = COALESCE(violation_reported.breach, excluded.breach),
    answer_from = COALESCE(violation_reported.answer_from, excluded.answer_from);

-- table: violation_answered
-- ViolationAnswered: what was done about it.
CREATE TABLE violation_answered (
    entry     BIGINT NOT NULL PRIMARY KEY,
    violation TEXT -- 5.7
);

-- on: ViolationAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO violation_answered (entry, violation)
SELECT :entry, :violation
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    violation = COALESCE(violation_answered.violation, excluded.violation);

-- table: case_referred
-- CaseReferred: hands a matter to one agency, for a purpose.
CREATE TABLE case_referred (
    entry     BIGINT NOT NULL PRIMARY KEY,
    to_agency TEXT, -- 3.5
    purpose   TEXT, -- 5.7
    arrest    TEXT -- 5.7
);

-- on: CaseReferred
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_referred (entry, to_agency, purpose, arrest)
SELECT :entry, :to_agency, :purpose, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    to_agency = COALESCE(case_referred.to_agency, excluded.to_agency),
    purpose = COALESCE(case_referred.purpose, excluded.purpose),
    arrest = COALESCE(case_referred.arrest, excluded.arrest);

-- table: referral_accepted
-- ReferralAccepted: taken in, under this number.
CREATE TABLE referral_accepted (
    entry       BIGINT NOT NULL PRIMARY KEY,
    referral    TEXT, -- 3.5
    from_agency TEXT -- 3.5
);

-- on: ReferralAccepted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO referral_accepted (entry, referral, from_agency)
SELECT :entry, :referral, :from_agency
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    referral = COALESCE(referral_accepted.referral, excluded.referral),
    from_agency = COALESCE(referral_accepted.from_agency, excluded.from_agency);

-- table: case_linked
-- CaseLinked: proposes that two files are one person's matter.
CREATE TABLE case_linked (
    entry       BIGINT NOT NULL PRIMARY KEY,
    other_event TEXT -- 3.5
);

-- on: CaseLinked
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_linked (entry, other_event)
SELECT :entry, :other_event
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    other_event = COALESCE(case_linked.other_event, excluded.other_event);

-- table: case_unlinked
-- CaseUnlinked: they are not.
CREATE TABLE case_unlinked (
    entry       BIGINT NOT NULL PRIMARY KEY,
    other_event TEXT -- 3.5
);

-- on: CaseUnlinked
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_unlinked (entry, other_event)
SELECT :entry, :other_event
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    other_event = COALESCE(case_unlinked.other_event, excluded.other_event);

-- table: inquiry_raised
-- InquiryRaised: by rule, asks about an overdue obligation.
CREATE TABLE inquiry_raised (
    entry      BIGINT NOT NULL PRIMARY KEY,
    obligation TEXT, -- 5.7
    "trigger"  TEXT, -- 5.7
    to_agency  TEXT -- 5.7
);

-- on: InquiryRaised
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO inquiry_raised (entry, obligation, "trigger", to_agency)
SELECT :entry, :obligation, :trigger, :to_agency
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    obligation = COALESCE(inquiry_raised.obligation, excluded.obligation),
    "trigger" = COALESCE(inquiry_raised."trigger", excluded."trigger"),
    to_agency = COALESCE(inquiry_raised.to_agency, excluded.to_agency);

-- table: inquiry_answered
-- InquiryAnswered: the agency's answer.
CREATE TABLE inquiry_answered (
    entry   BIGINT NOT NULL PRIMARY KEY,
    inquiry TEXT -- 5.7
);

-- on: InquiryAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO inquiry_answered (entry, inquiry)
SELECT :entry, :inquiry
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    inquiry = COALESCE(inquiry_answered.inquiry, excluded.inquiry);

-- table: entry_challenged
-- EntryChallenged: the person a record is about challenges it (28 CFR 20.21); said by the agency told.
CREATE TABLE entry_challenged (
    entry       BIGINT NOT NULL PRIMARY KEY,
    answer_from TEXT -- 5.7
);

-- on: EntryChallenged
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO entry_challenged (entry, answer_from)
SELECT :entry, :answer_from
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    answer_from = COALESCE(entry_challenged.answer_from, excluded.answer_from);

-- table: challenge_answered
-- ChallengeAnswered: what became of it.
CREATE TABLE challenge_answered (
    entry     BIGINT NOT NULL PRIMARY KEY,
    challenge TEXT -- 5.7
);

-- on: ChallengeAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO challenge_answered (entry, challenge)
SELECT :entry, :challenge
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    challenge = COALESCE(challenge_answered.challenge, excluded.challenge);

-- header: ArrestMade
-- A person was arrested or cited: the header alone.

-- header: ReleasedFromCustody
-- The person left custody: the header alone.

-- header: ChargeAmended
-- A count changed: the header alone.

-- header: ProtectionOrderIssued
-- An order in force or to be served: the header alone.

-- header: PleaEntered
-- A plea to one count: the header alone.

-- header: SupervisionEnded
-- Supervision closed: the header alone.

-- header: EventVoided
-- The event in `supersedes` (here required) should not exist: the header alone.

-- ---- What this role may ask besides ----

-- query: referrals_waiting
-- Referrals that nobody has taken in yet, with whom they wait for.
SELECT e.event, e.origin, e.file, e.occurred_on, r.to_agency
FROM case_referred AS r
JOIN event AS e ON e.entry = r.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM referral_accepted AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.referral = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;
