-- What the coordinating agency rebuilds from the exchange: one table per kind of event, one column per field that the memorandum
-- lets it see (the number beside a column is the clause), or that it publishes itself (own). What is not here it never stores.

-- table: incident_reported
-- IncidentReported: a call or report reached police.
CREATE TABLE incident_reported (
    entry            BIGINT NOT NULL PRIMARY KEY,
    dispatch_minutes INTEGER, -- 5.6
    arrival_minutes  INTEGER, -- 5.6
    suspect_present  INTEGER -- 5.6
);

-- on: IncidentReported
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO incident_reported (entry, dispatch_minutes, arrival_minutes, suspect_present)
SELECT :entry, :dispatch_minutes, :arrival_minutes, :suspect_present
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    dispatch_minutes = COALESCE(incident_reported.dispatch_minutes, excluded.dispatch_minutes),
    arrival_minutes = COALESCE(incident_reported.arrival_minutes, excluded.arrival_minutes),
    suspect_present = COALESCE(incident_reported.suspect_present, excluded.suspect_present);

-- table: arrest_not_made
-- ArrestNotMade: a documented decision not to arrest.
CREATE TABLE arrest_not_made (
    entry             BIGINT NOT NULL PRIMARY KEY,
    non_arrest_reason TEXT, -- 5.6
    suspect_present   INTEGER, -- 5.6
    mandatory_arrest  INTEGER, -- 5.6
    warrant_requested INTEGER, -- 5.6
    report_written    INTEGER -- 5.6
);

-- on: ArrestNotMade
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO arrest_not_made (entry, non_arrest_reason, suspect_present, mandatory_arrest, warrant_requested,
    report_written)
SELECT :entry, :non_arrest_reason, :suspect_present, :mandatory_arrest, :warrant_requested, :report_written
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    non_arrest_reason = COALESCE(arrest_not_made.non_arrest_reason, excluded.non_arrest_reason),
    suspect_present = COALESCE(arrest_not_made.suspect_present, excluded.suspect_present),
    mandatory_arrest = COALESCE(arrest_not_made.mandatory_arrest, excluded.mandatory_arrest),
    warrant_requested = COALESCE(arrest_not_made.warrant_requested, excluded.warrant_requested),
    report_written = COALESCE(arrest_not_made.report_written, excluded.report_written);

-- table: incident_closed
-- IncidentClosed: how the call ended.
CREATE TABLE incident_closed (
    entry            BIGINT NOT NULL PRIMARY KEY,
    incident_outcome TEXT, -- 5.6
    mandatory_arrest INTEGER -- 5.6
);

-- on: IncidentClosed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO incident_closed (entry, incident_outcome, mandatory_arrest)
SELECT :entry, :incident_outcome, :mandatory_arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    incident_outcome = COALESCE(incident_closed.incident_outcome, excluded.incident_outcome),
    mandatory_arrest = COALESCE(incident_closed.mandatory_arrest, excluded.mandatory_arrest);

-- table: arrest_made
-- ArrestMade: a person was arrested or cited.
CREATE TABLE arrest_made (
    entry            BIGINT NOT NULL PRIMARY KEY,
    occurred_at      BIGINT, -- 5.6
    arrest_kind      TEXT, -- 5.6
    offenses         TEXT, -- 5.6
    mandatory_arrest INTEGER -- 5.6
);

-- on: ArrestMade
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO arrest_made (entry, occurred_at, arrest_kind, offenses, mandatory_arrest)
SELECT :entry, :occurred_at, :arrest_kind, :offenses, :mandatory_arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(arrest_made.occurred_at, excluded.occurred_at),
    arrest_kind = COALESCE(arrest_made.arrest_kind, excluded.arrest_kind),
    offenses = COALESCE(arrest_made.offenses, excluded.offenses),
    mandatory_arrest = COALESCE(arrest_made.mandatory_arrest, excluded.mandatory_arrest);

-- table: report_available
-- ReportAvailable: a report exists; never its text.
CREATE TABLE report_available (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 5.6
    arrest      TEXT, -- 5.6
    report_kind TEXT -- 5.6
);

-- on: ReportAvailable
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO report_available (entry, occurred_at, arrest, report_kind)
SELECT :entry, :occurred_at, :arrest, :report_kind
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(report_available.occurred_at, excluded.occurred_at),
    arrest = COALESCE(report_available.arrest, excluded.arrest),
    report_kind = COALESCE(report_available.report_kind, excluded.report_kind);

-- table: released_from_custody
-- ReleasedFromCustody: the person left custody.
CREATE TABLE released_from_custody (
    entry            BIGINT NOT NULL PRIMARY KEY,
    arrest           TEXT, -- 5.6
    release_basis    TEXT, -- 5.6
    conditions_given INTEGER -- 5.6
);

-- on: ReleasedFromCustody
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO released_from_custody (entry, arrest, release_basis, conditions_given)
SELECT :entry, :arrest, :release_basis, :conditions_given
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    arrest = COALESCE(released_from_custody.arrest, excluded.arrest),
    release_basis = COALESCE(released_from_custody.release_basis, excluded.release_basis),
    conditions_given = COALESCE(released_from_custody.conditions_given, excluded.conditions_given);

-- table: charge_filed
-- ChargeFiled: one count filed.
CREATE TABLE charge_filed (
    entry         BIGINT NOT NULL PRIMARY KEY,
    occurred_at   BIGINT, -- 5.6
    referral      TEXT, -- 5.6
    arrest        TEXT, -- 5.6
    count         INTEGER, -- 5.6
    offense       TEXT, -- 5.6
    severity      TEXT, -- 5.6
    jurisdiction  TEXT, -- 5.6
    dv_designated INTEGER -- 5.6
);

-- on: ChargeFiled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_filed (entry, occurred_at, referral, arrest, count, offense, severity, jurisdiction, dv_designated)
SELECT :entry, :occurred_at, :referral, :arrest, :count, :offense, :severity, :jurisdiction, :dv_designated
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(charge_filed.occurred_at, excluded.occurred_at),
    referral = COALESCE(charge_filed.referral, excluded.referral),
    arrest = COALESCE(charge_filed.arrest, excluded.arrest),
    count = COALESCE(charge_filed.count, excluded.count),
    offense = COALESCE(charge_filed.offense, excluded.offense),
    severity = COALESCE(charge_filed.severity, excluded.severity),
    jurisdiction = COALESCE(charge_filed.jurisdiction, excluded.jurisdiction),
    dv_designated = COALESCE(charge_filed.dv_designated, excluded.dv_designated);

-- table: charge_declined
-- ChargeDeclined: a referred matter not charged.
CREATE TABLE charge_declined (
    entry          BIGINT NOT NULL PRIMARY KEY,
    occurred_at    BIGINT, -- 5.6
    referral       TEXT, -- 5.6
    arrest         TEXT, -- 5.6
    decline_reason TEXT, -- 5.6
    whole_case     INTEGER -- 5.6
);

-- on: ChargeDeclined
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_declined (entry, occurred_at, referral, arrest, decline_reason, whole_case)
SELECT :entry, :occurred_at, :referral, :arrest, :decline_reason, :whole_case
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(charge_declined.occurred_at, excluded.occurred_at),
    referral = COALESCE(charge_declined.referral, excluded.referral),
    arrest = COALESCE(charge_declined.arrest, excluded.arrest),
    decline_reason = COALESCE(charge_declined.decline_reason, excluded.decline_reason),
    whole_case = COALESCE(charge_declined.whole_case, excluded.whole_case);

-- table: charge_amended
-- ChargeAmended: a count changed.
CREATE TABLE charge_amended (
    entry            BIGINT NOT NULL PRIMARY KEY,
    charge           TEXT, -- 5.6
    old_severity     TEXT, -- 5.6
    offense          TEXT, -- 5.6
    severity         TEXT, -- 5.6
    dv_designated    INTEGER, -- 5.6
    amendment_reason TEXT -- 5.6
);

-- on: ChargeAmended
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_amended (entry, charge, old_severity, offense, severity, dv_designated, amendment_reason)
SELECT :entry, :charge, :old_severity, :offense, :severity, :dv_designated, :amendment_reason
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(charge_amended.charge, excluded.charge),
    old_severity = COALESCE(charge_amended.old_severity, excluded.old_severity),
    offense = COALESCE(charge_amended.offense, excluded.offense),
    severity = COALESCE(charge_amended.severity, excluded.severity),
    dv_designated = COALESCE(charge_amended.dv_designated, excluded.dv_designated),
    amendment_reason = COALESCE(charge_amended.amendment_reason, excluded.amendment_reason);

-- table: release_conditions_set
-- ReleaseConditionsSet: release decided, conditions set or changed.
CREATE TABLE release_conditions_set (
    entry            BIGINT NOT NULL PRIMARY KEY,
    occurred_at      BIGINT, -- 5.6
    arrest           TEXT, -- 5.6
    charges          TEXT, -- 5.6
    release_decision TEXT, -- 5.6
    supervised_by    TEXT, -- 5.6
    program_by       TEXT -- 5.6
);

-- on: ReleaseConditionsSet
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO release_conditions_set (entry, occurred_at, arrest, charges, release_decision, supervised_by, program_by)
SELECT :entry, :occurred_at, :arrest, :charges, :release_decision, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(release_conditions_set.occurred_at, excluded.occurred_at),
    arrest = COALESCE(release_conditions_set.arrest, excluded.arrest),
    charges = COALESCE(release_conditions_set.charges, excluded.charges),
    release_decision = COALESCE(release_conditions_set.release_decision, excluded.release_decision),
    supervised_by = COALESCE(release_conditions_set.supervised_by, excluded.supervised_by),
    program_by = COALESCE(release_conditions_set.program_by, excluded.program_by);

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
    entry           BIGINT NOT NULL PRIMARY KEY,
    occurred_at     BIGINT, -- 5.6
    hearing_kind    TEXT, -- 5.6
    appearance      TEXT, -- 5.6
    hearing_outcome TEXT, -- 5.6
    next_hearing_on INTEGER, -- 5.6
    arrest          TEXT, -- 5.6
    charges         TEXT, -- 5.6
    ordered_by      TEXT, -- 5.6
    referral        TEXT -- 5.6
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
    charge      TEXT, -- 5.6
    plea        TEXT, -- 5.6
    negotiated  INTEGER, -- 5.6
    concessions TEXT -- 5.6
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
    charge             TEXT, -- 5.6
    disposition        TEXT, -- 5.6
    disposition_method TEXT, -- 5.6
    dismissal_reason   TEXT, -- 5.6
    offense            TEXT, -- 5.6
    severity           TEXT -- 5.6
);

-- on: ChargeDisposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_disposed (entry, charge, disposition, disposition_method, dismissal_reason, offense, severity)
SELECT :entry, :charge, :disposition, :disposition_method, :dismissal_reason, :offense, :severity
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    charge = COALESCE(charge_disposed.charge, excluded.charge),
    disposition = COALESCE(charge_disposed.disposition, excluded.disposition),
    disposition_method = COALESCE(charge_disposed.disposition_method, excluded.disposition_method),
    dismissal_reason = COALESCE(charge_disposed.dismissal_reason, excluded.dismissal_reason),
    offense = COALESCE(charge_disposed.offense, excluded.offense),
    severity = COALESCE(charge_disposed.severity, excluded.severity);

-- table: sentence_imposed
-- SentenceImposed: sanctions, restrictions, rehabilitation, supervision.
CREATE TABLE sentence_imposed (
    entry            BIGINT NOT NULL PRIMARY KEY,
    sentence_phase   TEXT, -- 5.6
    charges          TEXT, -- 5.6
    sanctions        TEXT, -- 5.6
    restrictions     TEXT, -- 5.6
    rehabilitation   TEXT, -- 5.6
    program_sessions INTEGER, -- 5.6
    supervision_kind TEXT, -- 5.6
    supervision_days INTEGER, -- 5.6
    confinement_days INTEGER, -- 5.6
    suspended_days   INTEGER, -- 5.6
    community_from   INTEGER, -- 5.6
    review_on        INTEGER, -- 5.6
    supervised_by    TEXT, -- 5.6
    program_by       TEXT -- 5.6
);

-- on: SentenceImposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO sentence_imposed (entry, sentence_phase, charges, sanctions, restrictions, rehabilitation,
    program_sessions, supervision_kind, supervision_days, confinement_days, suspended_days, community_from,
    review_on, supervised_by, program_by)
SELECT :entry, :sentence_phase, :charges, :sanctions, :restrictions, :rehabilitation, :program_sessions,
    :supervision_kind, :supervision_days, :confinement_days, :suspended_days, :community_from, :review_on,
    :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    sentence_phase = COALESCE(sentence_imposed.sentence_phase, excluded.sentence_phase),
    charges = COALESCE(sentence_imposed.charges, excluded.charges),
    sanctions = COALESCE(sentence_imposed.sanctions, excluded.sanctions),
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
    entry        BIGINT NOT NULL PRIMARY KEY,
    occurred_at  BIGINT, -- 5.6
    warrant_kind TEXT, -- 5.6
    execute_by   TEXT, -- 5.6
    hearing      TEXT -- 5.6
);

-- on: WarrantIssued
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_issued (entry, occurred_at, warrant_kind, execute_by, hearing)
SELECT :entry, :occurred_at, :warrant_kind, :execute_by, :hearing
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(warrant_issued.occurred_at, excluded.occurred_at),
    warrant_kind = COALESCE(warrant_issued.warrant_kind, excluded.warrant_kind),
    execute_by = COALESCE(warrant_issued.execute_by, excluded.execute_by),
    hearing = COALESCE(warrant_issued.hearing, excluded.hearing);

-- table: warrant_ended
-- WarrantEnded: served (LE), recalled or other (CT).
CREATE TABLE warrant_ended (
    entry       BIGINT NOT NULL PRIMARY KEY,
    warrant     TEXT, -- 5.6
    warrant_end TEXT -- 5.6
);

-- on: WarrantEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_ended (entry, warrant, warrant_end)
SELECT :entry, :warrant, :warrant_end
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    warrant = COALESCE(warrant_ended.warrant, excluded.warrant),
    warrant_end = COALESCE(warrant_ended.warrant_end, excluded.warrant_end);

-- table: records_sealed
-- RecordsSealed: access limited.
CREATE TABLE records_sealed (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 3.5
    covers      TEXT, -- 3.5
    referral    TEXT -- 5.6
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
    referral    TEXT -- 5.6
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
    entry             BIGINT NOT NULL PRIMARY KEY,
    ordered_by        TEXT, -- 5.6
    supervision_kind  TEXT, -- 5.6
    supervision_level TEXT, -- 5.6
    ends_on           INTEGER -- 5.6
);

-- on: SupervisionStarted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_started (entry, ordered_by, supervision_kind, supervision_level, ends_on)
SELECT :entry, :ordered_by, :supervision_kind, :supervision_level, :ends_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(supervision_started.ordered_by, excluded.ordered_by),
    supervision_kind = COALESCE(supervision_started.supervision_kind, excluded.supervision_kind),
    supervision_level = COALESCE(supervision_started.supervision_level, excluded.supervision_level),
    ends_on = COALESCE(supervision_started.ends_on, excluded.ends_on);

-- table: supervision_contact
-- SupervisionContact: a contact kept or missed.
CREATE TABLE supervision_contact (
    entry          BIGINT NOT NULL PRIMARY KEY,
    supervision    TEXT, -- 5.6
    contact_kind   TEXT, -- 5.6
    contact_result TEXT -- 5.6
);

-- on: SupervisionContact
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_contact (entry, supervision, contact_kind, contact_result)
SELECT :entry, :supervision, :contact_kind, :contact_result
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    supervision = COALESCE(supervision_contact.supervision, excluded.supervision),
    contact_kind = COALESCE(supervision_contact.contact_kind, excluded.contact_kind),
    contact_result = COALESCE(supervision_contact.contact_result, excluded.contact_result);

-- table: supervision_ended
-- SupervisionEnded: supervision closed.
CREATE TABLE supervision_ended (
    entry           BIGINT NOT NULL PRIMARY KEY,
    supervision     TEXT, -- 5.6
    supervision_end TEXT -- 5.6
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
    ordered_by        TEXT, -- 5.6
    referral          TEXT, -- 5.6
    program           TEXT, -- 5.6
    sessions_required INTEGER, -- 5.6
    first_session_on  INTEGER -- 5.6
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
    entry          BIGINT NOT NULL PRIMARY KEY,
    occurred_at    BIGINT, -- 5.6
    violation_kind TEXT, -- 5.6
    breach         TEXT, -- 5.6
    answer_from    TEXT -- 5.6
);

-- on: ViolationReported
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO violation_reported (entry, occurred_at, violation_kind, breach, answer_from)
SELECT :entry, :occurred_at, :violation_kind, :breach, :answer_from
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(violation_reported.occurred_at, excluded.occurred_at),
    violation_kind = COALESCE(violation_reported.violation_kind, excluded.violation_kind),
    breach = COALESCE(violation_reported.breach, excluded.breach),
    answer_from = COALESCE(violation_reported.answer_from, excluded.answer_from);

-- table: violation_answered
-- ViolationAnswered: what was done about it.
CREATE TABLE violation_answered (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 5.6
    violation   TEXT, -- 5.6
    responses   TEXT, -- 5.6
    hearing_on  INTEGER -- 5.6
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
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 3.5
    to_agency   TEXT, -- 3.5
    purpose     TEXT, -- 3.5
    arrest      TEXT -- 3.5
);

-- on: CaseReferred
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_referred (entry, occurred_at, to_agency, purpose, arrest)
SELECT :entry, :occurred_at, :to_agency, :purpose, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(case_referred.occurred_at, excluded.occurred_at),
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
    entry          BIGINT NOT NULL PRIMARY KEY,
    obligation     TEXT, -- own
    "trigger"      TEXT, -- own
    to_agency      TEXT, -- own
    inquiry_reason TEXT -- own
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
    inquiry        TEXT, -- 5.6
    inquiry_answer TEXT, -- 5.6
    done_by        INTEGER -- 5.6
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
    entry       BIGINT NOT NULL PRIMARY KEY,
    answer_from TEXT -- 5.6
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
    entry            BIGINT NOT NULL PRIMARY KEY,
    challenge        TEXT, -- 5.6
    challenge_answer TEXT -- 5.6
);

-- on: ChallengeAnswered
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO challenge_answered (entry, challenge, challenge_answer)
SELECT :entry, :challenge, :challenge_answer
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    challenge = COALESCE(challenge_answered.challenge, excluded.challenge),
    challenge_answer = COALESCE(challenge_answered.challenge_answer, excluded.challenge_answer);

-- header: ProtectionOrderIssued
-- An order in force or to be served: the header alone.

-- header: EventVoided
-- The event in `supersedes` (here required) should not exist: the header alone.

-- count: ArrestMade
-- dual_arrest may only be counted: it is kept by quarter, away from every case (4.7).
INSERT INTO counted (tally, field, kind, value, quarter)
SELECT :tally, 'dual_arrest', 'ArrestMade', :dual_arrest, :quarter
WHERE NOT EXISTS (SELECT 1 FROM uncounted AS u WHERE u.tally = :tally)
ON CONFLICT (tally, field) DO NOTHING;

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

-- query: charges_open
-- Counts filed that have no outcome yet.
SELECT e.event, e.origin, e.file, e.occurred_on, c.count, c.offense, c.severity
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
SELECT e.event, e.origin, e.file, e.occurred_on, w.warrant_kind, w.execute_by
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

-- query: supervised
-- Supervisions that have not ended.
SELECT e.event, e.origin, e.file, e.occurred_on, p.supervision_level, p.ends_on
FROM supervision_started AS p
JOIN event AS e ON e.entry = p.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM supervision_ended AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.supervision = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;

-- query: enrolled
-- Enrolments that have not ended.
SELECT e.event, e.origin, e.file, e.occurred_on, p.program, p.first_session_on
FROM program_enrolled AS p
JOIN event AS e ON e.entry = p.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM program_ended AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z.enrollment = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
ORDER BY e.occurred_on, e.event;

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

-- query: declined_by_reason
-- Matters declined, by reason.
SELECT d.decline_reason, COUNT(*) AS matters
FROM charge_declined AS d
JOIN event AS e ON e.entry = d.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
GROUP BY d.decline_reason
ORDER BY d.decline_reason NULLS FIRST;

-- query: outcomes
-- Counts by outcome and gravity, the latest word on each count.
SELECT d.disposition, d.dismissal_reason, d.severity, COUNT(*) AS counts
FROM charge_disposed AS d
JOIN event AS e ON e.entry = d.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM charge_disposed AS n
        JOIN event AS ne ON ne.entry = n.entry AND ne.recorded_at <= :as_of
        WHERE n.charge = d.charge AND (ne.recorded_at > e.recorded_at OR (ne.recorded_at = e.recorded_at AND ne.entry > e.entry))
            AND ne.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
GROUP BY d.disposition, d.dismissal_reason, d.severity
ORDER BY d.disposition NULLS FIRST, d.dismissal_reason NULLS FIRST, d.severity NULLS FIRST;
