-- What the court rebuilds from the exchange: one table per kind of event, one column per field that the memorandum
-- lets it see (the number beside a column is the clause), or that it publishes itself (own). What is not here it never stores.

-- table: arrest_made
-- ArrestMade: a person was arrested or cited.
CREATE TABLE arrest_made (
    entry         BIGINT NOT NULL PRIMARY KEY,
    occurred_at   BIGINT, -- 5.3
    arrest_number TEXT, -- 5.3
    arrest_kind   TEXT, -- 5.3
    offenses      TEXT -- 5.3
);

-- on: ArrestMade
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO arrest_made (entry, occurred_at, arrest_number, arrest_kind, offenses)
SELECT :entry, :occurred_at, :arrest_number, :arrest_kind, :offenses
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(arrest_made.occurred_at, excluded.occurred_at),
    arrest_number = COALESCE(arrest_made.arrest_number, excluded.arrest_number),
    arrest_kind = COALESCE(arrest_made.arrest_kind, excluded.arrest_kind),
    offenses = COALESCE(arrest_made.offenses, excluded.offenses);

-- table: released_from_custody
-- ReleasedFromCustody: the person left custody.
CREATE TABLE released_from_custody (
    entry            BIGINT NOT NULL PRIMARY KEY,
    occurred_at      BIGINT, -- 5.3
    arrest           TEXT, -- 5.3
    release_basis    TEXT, -- 5.3
    conditions_given INTEGER -- 5.3
);

-- on: ReleasedFromCustody
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO released_from_custody (entry, occurred_at, arrest, release_basis, conditions_given)
SELECT :entry, :occurred_at, :arrest, :release_basis, :conditions_given
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(released_from_custody.occurred_at, excluded.occurred_at),
    arrest = COALESCE(released_from_custody.arrest, excluded.arrest),
    release_basis = COALESCE(released_from_custody.release_basis, excluded.release_basis),
    conditions_given = COALESCE(released_from_custody.conditions_given, excluded.conditions_given);

-- table: charge_filed
-- ChargeFiled: one count filed.
CREATE TABLE charge_filed (
    entry         BIGINT NOT NULL PRIMARY KEY,
    occurred_at   BIGINT, -- 5.3
    referral      TEXT, -- 5.3
    arrest        TEXT, -- 5.3
    docket_number TEXT, -- 5.3
    count         INTEGER, -- 5.3
    statute       TEXT, -- 5.3
    offense       TEXT, -- 5.3
    severity      TEXT, -- 5.3
    jurisdiction  TEXT, -- 5.3
    dv_designated INTEGER -- 5.3
);

-- on: ChargeFiled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_filed (entry, occurred_at, referral, arrest, docket_number, count, statute, offense, severity,
    jurisdiction, dv_designated)
SELECT :entry, :occurred_at, :referral, :arrest, :docket_number, :count, :statute, :offense, :severity,
    :jurisdiction, :dv_designated
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(charge_filed.occurred_at, excluded.occurred_at),
    referral = COALESCE(charge_filed.referral, excluded.referral),
    arrest = COALESCE(charge_filed.arrest, excluded.arrest),
    docket_number = COALESCE(charge_filed.docket_number, excluded.docket_number),
    count = COALESCE(charge_filed.count, excluded.count),
    statute = COALESCE(charge_filed.statute, excluded.statute),
    offense = COALESCE(charge_filed.offense, excluded.offense),
    severity = COALESCE(charge_filed.severity, excluded.severity),
    jurisdiction = COALESCE(charge_filed.jurisdiction, excluded.jurisdiction),
    dv_designated = COALESCE(charge_filed.dv_designated, excluded.dv_designated);

-- table: charge_declined
-- ChargeDeclined: a referred matter not charged.
CREATE TABLE charge_declined (
    entry      BIGINT NOT NULL PRIMARY KEY,
    arrest     TEXT, -- 5.3
    whole_case INTEGER -- 5.3
);

-- on: ChargeDeclined
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_declined (entry, arrest, whole_case)
SELECT :entry, :arrest, :whole_case
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    arrest = COALESCE(charge_declined.arrest, excluded.arrest),
    whole_case = COALESCE(charge_declined.whole_case, excluded.whole_case);

-- table: charge_amended
-- ChargeAmended: a count changed.
CREATE TABLE charge_amended (
    entry            BIGINT NOT NULL PRIMARY KEY,
    charge           TEXT, -- 5.3
    old_statute      TEXT, -- 5.3
    old_severity     TEXT, -- 5.3
    statute          TEXT, -- 5.3
    offense          TEXT, -- 5.3
    severity         TEXT, -- 5.3
    dv_designated    INTEGER, -- 5.3
    amendment_reason TEXT -- 5.3
);

-- on: ChargeAmended
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_amended (entry, charge, old_statute, old_severity, statute, offense, severity, dv_designated,
    amendment_reason)
SELECT :entry, :charge, :old_statute, :old_severity, :statute, :offense, :severity, :dv_designated, :amendment_reason
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(charge_amended.charge, excluded.charge),
    old_statute = COALESCE(charge_amended.old_statute, excluded.old_statute),
    old_severity = COALESCE(charge_amended.old_severity, excluded.old_severity),
    statute = COALESCE(charge_amended.statute, excluded.statute),
    offense = COALESCE(charge_amended.offense, excluded.offense),
    severity = COALESCE(charge_amended.severity, excluded.severity),
    dv_designated = COALESCE(charge_amended.dv_designated, excluded.dv_designated),
    amendment_reason = COALESCE(charge_amended.amendment_reason, excluded.amendment_reason);

-- table: release_conditions_set
-- ReleaseConditionsSet: release decided, conditions set or changed.
CREATE TABLE release_conditions_set (
    entry              BIGINT NOT NULL PRIMARY KEY,
    occurred_at        BIGINT, -- own
    arrest             TEXT, -- own
    charges            TEXT, -- own
    order_number       TEXT, -- own
    release_decision   TEXT, -- own
    contact_conditions TEXT, -- own
    conditions         TEXT, -- own
    expires_on         INTEGER, -- own
    supervised_by      TEXT, -- own
    program_by         TEXT -- own
);

-- on: ReleaseConditionsSet
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO release_conditions_set (entry, occurred_at, arrest, charges, order_number, release_decision,
    contact_conditions, conditions, expires_on, supervised_by, program_by)
SELECT :entry, :occurred_at, :arrest, :charges, :order_number, :release_decision, :contact_conditions, :conditions,
    :expires_on, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(release_conditions_set.occurred_at, excluded.occurred_at),
    arrest = COALESCE(release_conditions_set.arrest, excluded.arrest),
    charges = COALESCE(release_conditions_set.charges, excluded.charges),
    order_number = COALESCE(release_conditions_set.order_number, excluded.order_number),
    release_decision = COALESCE(release_conditions_set.release_decision, excluded.release_decision),
    contact_conditions = COALESCE(release_conditions_set.contact_conditions, excluded.contact_conditions),
    conditions = COALESCE(release_conditions_set.conditions, excluded.conditions),
    expires_on = COALESCE(release_conditions_set.expires_on, excluded.expires_on),
    supervised_by = COALESCE(release_conditions_set.supervised_by, excluded.supervised_by),
    program_by = COALESCE(release_conditions_set.program_by, excluded.program_by);

-- table: protection_order_issued
-- ProtectionOrderIssued: an order in force or to be served.
CREATE TABLE protection_order_issued (
    entry               BIGINT NOT NULL PRIMARY KEY,
    order_number        TEXT, -- own
    order_kind          TEXT, -- own
    contact_conditions  TEXT, -- own
    order_restrictions  TEXT, -- own
    firearms_prohibited INTEGER, -- own
    expires_on          INTEGER, -- own
    serve_by            TEXT, -- own
    supervised_by       TEXT -- own
);

-- on: ProtectionOrderIssued
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO protection_order_issued (entry, order_number, order_kind, contact_conditions, order_restrictions,
    firearms_prohibited, expires_on, serve_by, supervised_by)
SELECT :entry, :order_number, :order_kind, :contact_conditions, :order_restrictions, :firearms_prohibited,
    :expires_on, :serve_by, :supervised_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    order_number = COALESCE(protection_order_issued.order_number, excluded.order_number),
    order_kind = COALESCE(protection_order_issued.order_kind, excluded.order_kind),
    contact_conditions = COALESCE(protection_order_issued.contact_conditions, excluded.contact_conditions),
    order_restrictions = COALESCE(protection_order_issued.order_restrictions, excluded.order_restrictions),
    firearms_prohibited = COALESCE(protection_order_issued.firearms_prohibited, excluded.firearms_prohibited),
    expires_on = COALESCE(protection_order_issued.expires_on, excluded.expires_on),
    serve_by = COALESCE(protection_order_issued.serve_by, excluded.serve_by),
    supervised_by = COALESCE(protection_order_issued.supervised_by, excluded.supervised_by);

-- table: protection_order_served
-- ProtectionOrderServed: served on the restrained person.
CREATE TABLE protection_order_served (
    entry          BIGINT NOT NULL PRIMARY KEY,
    occurred_at    BIGINT, -- own, 5.3
    "order"        TEXT, -- own, 5.3
    order_number   TEXT, -- own, 5.3
    service_method TEXT, -- own, 5.3
    attempts       INTEGER -- own, 5.3
);

-- on: ProtectionOrderServed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO protection_order_served (entry, occurred_at, "order", order_number, service_method, attempts)
SELECT :entry, :occurred_at, :order, :order_number, :service_method, :attempts
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(protection_order_served.occurred_at, excluded.occurred_at),
    "order" = COALESCE(protection_order_served."order", excluded."order"),
    order_number = COALESCE(protection_order_served.order_number, excluded.order_number),
    service_method = COALESCE(protection_order_served.service_method, excluded.service_method),
    attempts = COALESCE(protection_order_served.attempts, excluded.attempts);

-- table: protection_order_ended
-- ProtectionOrderEnded: no longer in force.
CREATE TABLE protection_order_ended (
    entry        BIGINT NOT NULL PRIMARY KEY,
    "order"      TEXT, -- own
    order_number TEXT, -- own
    order_end    TEXT -- own
);

-- on: ProtectionOrderEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO protection_order_ended (entry, "order", order_number, order_end)
SELECT :entry, :order, :order_number, :order_end
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    "order" = COALESCE(protection_order_ended."order", excluded."order"),
    order_number = COALESCE(protection_order_ended.order_number, excluded.order_number),
    order_end = COALESCE(protection_order_ended.order_end, excluded.order_end);

-- table: hearing_held
-- HearingHeld: a hearing, with appearance.
CREATE TABLE hearing_held (
    entry           BIGINT NOT NULL PRIMARY KEY,
    occurred_at     BIGINT, -- own
    hearing_kind    TEXT, -- own
    appearance      TEXT, -- own
    hearing_outcome TEXT, -- own
    next_hearing_on INTEGER, -- own
    arrest          TEXT, -- own
    charges         TEXT, -- own
    ordered_by      TEXT, -- own
    referral        TEXT -- own
);

-- on: HearingHeld
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO hearing_held (entry, occurred_at, hearing_kind, appearance, hearing_outcome, next_hearing_on, arrest,
    charges, ordered_by, referral)
SELECT :entry, :occurred_at, :hearing_kind, :appearance, :hearing_outcome, :next_hearing_on, :arrest, :charges,
    :ordered_by, :referral
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(hearing_held.occurred_at, excluded.occurred_at),
    hearing_kind = COALESCE(hearing_held.hearing_kind, excluded.hearing_kind),
    appearance = COALESCE(hearing_held.appearance, excluded.appearance),
    hearing_outcome = COALESCE(hearing_held.hearing_outcome, excluded.hearing_outcome),
    next_hearing_on = COALESCE(hearing_held.next_hearing_on, excluded.next_hearing_on),
    arrest = COALESCE(hearing_held.arrest, excluded.arrest),
    charges = COALESCE(hearing_held.charges, excluded.charges),
    ordered_by = COALESCE(hearing_held.ordered_by, excluded.ordered_by),
    referral = COALESCE(hearing_held.referral, excluded.referral);

-- table: plea_entered
-- PleaEntered: a plea to one count.
CREATE TABLE plea_entered (
    entry       BIGINT NOT NULL PRIMARY KEY,
    charge      TEXT, -- own
    plea        TEXT, -- own
    negotiated  INTEGER, -- own
    concessions TEXT -- own
);

-- on: PleaEntered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO plea_entered (entry, charge, plea, negotiated, concessions)
SELECT :entry, :charge, :plea, :negotiated, :concessions
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(plea_entered.charge, excluded.charge),
    plea = COALESCE(plea_entered.plea, excluded.plea),
    negotiated = COALESCE(plea_entered.negotiated, excluded.negotiated),
    concessions = COALESCE(plea_entered.concessions, excluded.concessions);

-- table: charge_disposed
-- ChargeDisposed: outcome of one count.
CREATE TABLE charge_disposed (
    entry              BIGINT NOT NULL PRIMARY KEY,
    charge             TEXT, -- own
    disposition        TEXT, -- own
    disposition_method TEXT, -- own
    dismissal_reason   TEXT, -- own
    statute            TEXT, -- own
    offense            TEXT, -- own
    severity           TEXT -- own
);

-- on: ChargeDisposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_disposed (entry, charge, disposition, disposition_method, dismissal_reason, statute, offense,
    severity)
SELECT :entry, :charge, :disposition, :disposition_method, :dismissal_reason, :statute, :offense, :severity
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(charge_disposed.charge, excluded.charge),
    disposition = COALESCE(charge_disposed.disposition, excluded.disposition),
    disposition_method = COALESCE(charge_disposed.disposition_method, excluded.disposition_method),
    dismissal_reason = COALESCE(charge_disposed.dismissal_reason, excluded.dismissal_reason),
    statute = COALESCE(charge_disposed.statute, excluded.statute),
    offense = COALESCE(charge_disposed.offense, excluded.offense),
    severity = COALESCE(charge_disposed.severity, excluded.severity);

-- table: sentence_imposed
-- SentenceImposed: sanctions, restrictions, rehabilitation, supervision.
CREATE TABLE sentence_imposed (
    entry              BIGINT NOT NULL PRIMARY KEY,
    docket_number      TEXT, -- own
    sentence_phase     TEXT, -- own
    charges            TEXT, -- own
    sanctions          TEXT, -- own
    contact_conditions TEXT, -- own
    restrictions       TEXT, -- own
    rehabilitation     TEXT, -- own
    program_sessions   INTEGER, -- own
    supervision_kind   TEXT, -- own
    supervision_days   INTEGER, -- own
    confinement_days   INTEGER, -- own
    suspended_days     INTEGER, -- own
    community_from     INTEGER, -- own
    review_on          INTEGER, -- own
    supervised_by      TEXT, -- own
    program_by         TEXT -- own
);

-- on: SentenceImposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO sentence_imposed (entry, docket_number, sentence_phase, charges, sanctions, contact_conditions,
    restrictions, rehabilitation, program_sessions, supervision_kind, supervision_days, confinement_days,
    suspended_days, community_from, review_on, supervised_by, program_by)
SELECT :entry, :docket_number, :sentence_phase, :charges, :sanctions, :contact_conditions, :restrictions,
    :rehabilitation, :program_sessions, :supervision_kind, :supervision_days, :confinement_days, :suspended_days,
    :community_from, :review_on, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    docket_number = COALESCE(sentence_imposed.docket_number, excluded.docket_number),
    sentence_phase = COALESCE(sentence_imposed.sentence_phase, excluded.sentence_phase),
    charges = COALESCE(sentence_imposed.charges, excluded.charges),
    sanctions = COALESCE(sentence_imposed.sanctions, excluded.sanctions),
    contact_conditions = COALESCE(sentence_imposed.contact_conditions, excluded.contact_conditions),
    restrictions = COALESCE(sentence_imposed.restrictions, excluded.restrictions),
    rehabilitation = COALESCE(sentence_imposed.rehabilitation, excluded.rehabilitation),
    program_sessions = COALESCE(sentence_imposed.program_sessions, excluded.program_sessions),
    supervision_kind = COALESCE(sentence_imposed.supervision_kind, excluded.supervision_kind),
    supervision_days = COALESCE(sentence_imposed.supervision_days, excluded.supervision_days),
    confinement_days = COALESCE(sentence_imposed.confinement_days, excluded.confinement_days),
    suspended_days = COALESCE(sentence_imposed.suspended_days, excluded.suspended_days),
    community_from = COALESCE(sentence_imposed.community_from, excluded.community_from),
    review_on = COALESCE(sentence_imposed.review_on, excluded.review_on),
    supervised_by = COALESCE(sentence_imposed.supervised_by, excluded.supervised_by),
    program_by = COALESCE(sentence_imposed.program_by, excluded.program_by);

-- table: warrant_issued
-- WarrantIssued: a warrant.
CREATE TABLE warrant_issued (
    entry          BIGINT NOT NULL PRIMARY KEY,
    occurred_at    BIGINT, -- own
    warrant_number TEXT, -- own
    warrant_kind   TEXT, -- own
    execute_by     TEXT, -- own
    hearing        TEXT -- own
);

-- on: WarrantIssued
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_issued (entry, occurred_at, warrant_number, warrant_kind, execute_by, hearing)
SELECT :entry, :occurred_at, :warrant_number, :warrant_kind, :execute_by, :hearing
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(warrant_issued.occurred_at, excluded.occurred_at),
    warrant_number = COALESCE(warrant_issued.warrant_number, excluded.warrant_number),
    warrant_kind = COALESCE(warrant_issued.warrant_kind, excluded.warrant_kind),
    execute_by = COALESCE(warrant_issued.execute_by, excluded.execute_by),
    hearing = COALESCE(warrant_issued.hearing, excluded.hearing);

-- table: warrant_ended
-- WarrantEnded: served (LE), recalled or other (CT).
CREATE TABLE warrant_ended (
    entry          BIGINT NOT NULL PRIMARY KEY,
    warrant        TEXT, -- own, 5.3
    warrant_number TEXT, -- own, 5.3
    warrant_end    TEXT -- own, 5.3
);

-- on: WarrantEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_ended (entry, warrant, warrant_number, warrant_end)
SELECT :entry, :warrant, :warrant_number, :warrant_end
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    warrant = COALESCE(warrant_ended.warrant, excluded.warrant),
    warrant_number = COALESCE(warrant_ended.warrant_number, excluded.warrant_number),
    warrant_end = COALESCE(warrant_ended.warrant_end, excluded.warrant_end);

-- table: records_sealed
-- RecordsSealed: access limited.
CREATE TABLE records_sealed (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- own, 3.5
    covers      TEXT, -- own, 3.5
    referral    TEXT -- own
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
    covers TEXT -- own, 3.5
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
    occurred_at BIGINT, -- own, 3.5
    covers      TEXT, -- own, 3.5
    referral    TEXT -- own
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
    covers TEXT, -- own, 3.5
    hold   TEXT -- own, 3.5
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
    entry              BIGINT NOT NULL PRIMARY KEY,
    ordered_by         TEXT, -- 5.3
    supervision_number TEXT, -- 5.3
    supervision_kind   TEXT, -- 5.3
    supervision_level  TEXT, -- 5.3
    ends_on            INTEGER -- 5.3
);

-- on: SupervisionStarted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_started (entry, ordered_by, supervision_number, supervision_kind, supervision_level, ends_on)
SELECT :entry, :ordered_by, :supervision_number, :supervision_kind, :supervision_level, :ends_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(supervision_started.ordered_by, excluded.ordered_by),
    supervision_number = COALESCE(supervision_started.supervision_number, excluded.supervision_number),
    supervision_kind = COALESCE(supervision_started.supervision_kind, excluded.supervision_kind),
    supervision_level = COALESCE(supervision_started.supervision_level, excluded.supervision_level),
    ends_on = COALESCE(supervision_started.ends_on, excluded.ends_on);

-- table: supervision_ended
-- SupervisionEnded: supervision closed.
CREATE TABLE supervision_ended (
    entry           BIGINT NOT NULL PRIMARY KEY,
    supervision     TEXT, -- 5.3
    supervision_end TEXT -- 5.3
);

-- on: SupervisionEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_ended (entry, supervision, supervision_end)
SELECT :entry, :supervision, :supervision_end
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    supervision = COALESCE(supervision_ended.supervision, excluded.supervision),
    supervision_end = COALESCE(supervision_ended.supervision_end, excluded.supervision_end);

-- table: program_enrolled
-- ProgramEnrolled: accepted into a programme.
CREATE TABLE program_enrolled (
    entry             BIGINT NOT NULL PRIMARY KEY,
    ordered_by        TEXT, -- 5.3
    referral          TEXT, -- 5.3
    program           TEXT, -- 5.3
    sessions_required INTEGER, -- 5.3
    first_session_on  INTEGER -- 5.3
);

-- on: ProgramEnrolled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_enrolled (entry, ordered_by, referral, program, sessions_required, first_session_on)
SELECT :entry, :ordered_by, :referral, :program, :sessions_required, :first_session_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(program_enrolled.ordered_by, excluded.ordered_by),
    referral = COALESCE(program_enrolled.referral, excluded.referral),
    program = COALESCE(program_enrolled.program, excluded.program),
    sessions_required = COALESCE(program_enrolled.sessions_required, excluded.sessions_required),
    first_session_on = COALESCE(program_enrolled.first_session_on, excluded.first_session_on);

-- table: program_attendance
-- ProgramAttendance: one session.
CREATE TABLE program_attendance (
    entry          BIGINT NOT NULL PRIMARY KEY,
    enrollment     TEXT, -- 5.9
    session        INTEGER, -- 5.9
    session_result TEXT -- 5.9
);

-- on: ProgramAttendance
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_attendance (entry, enrollment, session, session_result)
SELECT :entry, :enrollment, :session, :session_result
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    enrollment = COALESCE(program_attendance.enrollment, excluded.enrollment),
    session = COALESCE(program_attendance.session, excluded.session),
    session_result = COALESCE(program_attendance.session_result, excluded.session_result);

-- table: program_ended
-- ProgramEnded: enrolment closed (or intake refused).
CREATE TABLE program_ended (
    entry             BIGINT NOT NULL PRIMARY KEY,
    occurred_at       BIGINT, -- 5.9
    enrollment        TEXT, -- 5.9
    referral          TEXT, -- 5.9
    program_end       TEXT, -- 5.9
    sessions_attended INTEGER -- 5.9
);

-- on: ProgramEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_ended (entry, occurred_at, enrollment, referral, program_end, sessions_attended)
SELECT :entry, :occurred_at, :enrollment, :referral, :program_end, :sessions_attended
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(program_ended.occurred_at, excluded.occurred_at),
    enrollment = COALESCE(program_ended.enrollment, excluded.enrollment),
    referral = COALESCE(program_ended.referral, excluded.referral),
    program_end = COALESCE(program_ended.program_end, excluded.program_end),
    sessions_attended = COALESCE(program_ended.sessions_attended, excluded.sessions_attended);

-- table: violation_reported
-- ViolationReported: a breach, and who must answer.
CREATE TABLE violation_reported (
    entry            BIGINT NOT NULL PRIMARY KEY,
    occurred_at      BIGINT, -- own, 6.10
    violation_number TEXT, -- own, 6.10
    violated         TEXT, -- own, 6.10
    violation_kind   TEXT, -- own, 6.10
    instrument       TEXT, -- own, 6.10
    breach           TEXT, -- own, 6.10
    answer_from      TEXT -- own, 6.10
);

-- on: ViolationReported
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO violation_reported (entry, occurred_at, violation_number, violated, violation_kind, instrument, breach,
    answer_from)
SELECT :entry, :occurred_at, :violation_number, :violated, :violation_kind, :instrument, :breach, :answer_from
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(violation_reported.occurred_at, excluded.occurred_at),
    violation_number = COALESCE(violation_reported.violation_number, excluded.violation_number),
    violated = COALESCE(violation_reported.violated, excluded.violated),
    violation_kind = COALESCE(violation_reported.violation_kind, excluded.violation_kind),
    instrument = COALESCE(violation_reported.instrument, excluded.instrument),
    breach = COALESCE(violation_reported.breach, excluded.breach),
    answer_from = COALESCE(violation_reported.answer_from, excluded.answer_from);

-- table: violation_answered
-- ViolationAnswered: what was done about it.
CREATE TABLE violation_answered (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- own, 6.10
    violation   TEXT, -- own, 6.10
    responses   TEXT, -- own, 6.10
    hearing_on  INTEGER -- own, 6.10
);

-- on: ViolationAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO violation_answered (entry, occurred_at, violation, responses, hearing_on)
SELECT :entry, :occurred_at, :violation, :responses, :hearing_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(violation_answered.occurred_at, excluded.occurred_at),
    violation = COALESCE(violation_answered.violation, excluded.violation),
    responses = COALESCE(violation_answered.responses, excluded.responses),
    hearing_on = COALESCE(violation_answered.hearing_on, excluded.hearing_on);

-- table: case_referred
-- CaseReferred: hands a matter to one agency, for a purpose.
CREATE TABLE case_referred (
    entry        BIGINT NOT NULL PRIMARY KEY,
    occurred_at  BIGINT, -- own, 3.5
    to_agency    TEXT, -- own, 3.5
    purpose      TEXT, -- own, 3.3 (to_agency alone), 3.5
    case_numbers TEXT, -- own, 3.3 (to_agency alone)
    arrest       TEXT -- own, 3.5
);

-- on: CaseReferred
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_referred (entry, occurred_at, to_agency, purpose, case_numbers, arrest)
SELECT :entry, :occurred_at, :to_agency, :purpose, :case_numbers, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(case_referred.occurred_at, excluded.occurred_at),
    to_agency = COALESCE(case_referred.to_agency, excluded.to_agency),
    purpose = COALESCE(case_referred.purpose, excluded.purpose),
    case_numbers = COALESCE(case_referred.case_numbers, excluded.case_numbers),
    arrest = COALESCE(case_referred.arrest, excluded.arrest);

-- table: referral_accepted
-- ReferralAccepted: taken in, under this number.
CREATE TABLE referral_accepted (
    entry       BIGINT NOT NULL PRIMARY KEY,
    referral    TEXT, -- own, 3.5
    from_agency TEXT, -- own, 3.5
    case_number TEXT -- own, 3.3 (from_agency alone)
);

-- on: ReferralAccepted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO referral_accepted (entry, referral, from_agency, case_number)
SELECT :entry, :referral, :from_agency, :case_number
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    referral = COALESCE(referral_accepted.referral, excluded.referral),
    from_agency = COALESCE(referral_accepted.from_agency, excluded.from_agency),
    case_number = COALESCE(referral_accepted.case_number, excluded.case_number);

-- table: case_linked
-- CaseLinked: proposes that two files are one person's matter.
CREATE TABLE case_linked (
    entry       BIGINT NOT NULL PRIMARY KEY,
    other_event TEXT -- own, 3.5
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
    other_event TEXT -- own, 3.5
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
    entry          BIGINT NOT NULL PRIMARY KEY,
    obligation     TEXT, -- 3.3 (to_agency alone)
    "trigger"      TEXT, -- 3.3 (to_agency alone)
    to_agency      TEXT, -- 3.3 (to_agency alone)
    inquiry_reason TEXT -- 3.3 (to_agency alone)
);

-- on: InquiryRaised
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO inquiry_raised (entry, obligation, "trigger", to_agency, inquiry_reason)
SELECT :entry, :obligation, :trigger, :to_agency, :inquiry_reason
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    obligation = COALESCE(inquiry_raised.obligation, excluded.obligation),
    "trigger" = COALESCE(inquiry_raised."trigger", excluded."trigger"),
    to_agency = COALESCE(inquiry_raised.to_agency, excluded.to_agency),
    inquiry_reason = COALESCE(inquiry_raised.inquiry_reason, excluded.inquiry_reason);

-- table: inquiry_answered
-- InquiryAnswered: the agency's answer.
CREATE TABLE inquiry_answered (
    entry          BIGINT NOT NULL PRIMARY KEY,
    inquiry        TEXT, -- own
    inquiry_answer TEXT, -- own
    done_by        INTEGER -- own
);

-- on: InquiryAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO inquiry_answered (entry, inquiry, inquiry_answer, done_by)
SELECT :entry, :inquiry, :inquiry_answer, :done_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    inquiry = COALESCE(inquiry_answered.inquiry, excluded.inquiry),
    inquiry_answer = COALESCE(inquiry_answered.inquiry_answer, excluded.inquiry_answer),
    done_by = COALESCE(inquiry_answered.done_by, excluded.done_by);

-- table: entry_challenged
-- EntryChallenged: the person a record is about challenges it (28 CFR 20.21); said by the agency told.
CREATE TABLE entry_challenged (
    entry          BIGINT NOT NULL PRIMARY KEY,
    challenged     TEXT, -- own, 8.1 (answer_from alone)
    challenge_kind TEXT, -- own, 8.1 (answer_from alone)
    answer_from    TEXT -- own, 8.1 (answer_from alone)
);

-- on: EntryChallenged
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO entry_challenged (entry, challenged, challenge_kind, answer_from)
SELECT :entry, :challenged, :challenge_kind, :answer_from
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    challenged = COALESCE(entry_challenged.challenged, excluded.challenged),
    challenge_kind = COALESCE(entry_challenged.challenge_kind, excluded.challenge_kind),
    answer_from = COALESCE(entry_challenged.answer_from, excluded.answer_from);

-- table: challenge_answered
-- ChallengeAnswered: what became of it.
CREATE TABLE challenge_answered (
    entry            BIGINT NOT NULL PRIMARY KEY,
    challenge        TEXT, -- own, 3.3 (to_agency alone)
    challenge_answer TEXT, -- own, 3.3 (to_agency alone)
    to_agency        TEXT -- own, 3.3 (to_agency alone)
);

-- on: ChallengeAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO challenge_answered (entry, challenge, challenge_answer, to_agency)
SELECT :entry, :challenge, :challenge_answer, :to_agency
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    challenge = COALESCE(challenge_answered.challenge, excluded.challenge),
    challenge_answer = COALESCE(challenge_answered.challenge_answer, excluded.challenge_answer),
    to_agency = COALESCE(challenge_answered.to_agency, excluded.to_agency);

-- header: EventVoided
-- The event in `supersedes` (here required) should not exist: the header alone.

-- ---- What this role may ask besides ----

-- query: charges_open
-- Counts filed that have no outcome yet.
SELECT e.event, e.origin, e.file, e.occurred_on, c.docket_number, c.count, c.statute, c.severity
FROM charge_filed AS c
JOIN event AS e ON e.entry = c.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM charge_disposed AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.charge = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;

-- query: warrants_open
-- Warrants that were neither served nor ended otherwise.
SELECT e.event, e.origin, e.file, e.occurred_on, w.warrant_number, w.warrant_kind, w.execute_by
FROM warrant_issued AS w
JOIN event AS e ON e.entry = w.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM warrant_ended AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.warrant = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;

-- query: hearings_next
-- Hearings that set a next one for today or later.
SELECT e.event, e.origin, e.file, e.occurred_on, h.hearing_kind, h.next_hearing_on
FROM hearing_held AS h
JOIN event AS e ON e.entry = h.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND h.next_hearing_on >= :today
ORDER BY h.next_hearing_on, e.event;

-- query: violations_unanswered
-- Violations to which the agency named has not said what it did.
SELECT e.event, e.origin, e.file, e.occurred_on, v.violation_kind, v.answer_from
FROM violation_reported AS v
JOIN event AS e ON e.entry = v.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM violation_answered AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.violation = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;
