-- What law enforcement rebuilds from the exchange: one table per kind of event, one column per field that the memorandum
-- lets it see (the number beside a column is the clause), or that it publishes itself (own). What is not here it never stores.

-- table: incident_reported
-- IncidentReported: a call or report reached police.
CREATE TABLE incident_reported (
    entry            BIGINT NOT NULL PRIMARY KEY,
    dispatch_minutes INTEGER, -- own
    arrival_minutes  INTEGER, -- own
    suspect_present  INTEGER -- own
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
    non_arrest_reason TEXT, -- own
    suspect_present   INTEGER, -- own
    mandatory_arrest  INTEGER, -- own
    warrant_requested INTEGER, -- own
    report_written    INTEGER -- own
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
    incident_outcome TEXT, -- own
    mandatory_arrest INTEGER -- own
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
    occurred_at      BIGINT, -- own
    arrest_number    TEXT, -- own
    arrest_kind      TEXT, -- own
    offenses         TEXT, -- own
    mandatory_arrest INTEGER, -- own
    dual_arrest      INTEGER, -- own
    warrant          TEXT -- own
);

-- on: ArrestMade
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO arrest_made (entry, occurred_at, arrest_number, arrest_kind, offenses, mandatory_arrest, dual_arrest,
    warrant)
SELECT :entry, :occurred_at, :arrest_number, :arrest_kind, :offenses, :mandatory_arrest, :dual_arrest, :warrant
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(arrest_made.occurred_at, excluded.occurred_at),
    arrest_number = COALESCE(arrest_made.arrest_number, excluded.arrest_number),
    arrest_kind = COALESCE(arrest_made.arrest_kind, excluded.arrest_kind),
    offenses = COALESCE(arrest_made.offenses, excluded.offenses),
    mandatory_arrest = COALESCE(arrest_made.mandatory_arrest, excluded.mandatory_arrest),
    dual_arrest = COALESCE(arrest_made.dual_arrest, excluded.dual_arrest),
    warrant = COALESCE(arrest_made.warrant, excluded.warrant);

-- table: report_available
-- ReportAvailable: a report exists; never its text.
CREATE TABLE report_available (
    entry             BIGINT NOT NULL PRIMARY KEY,
    occurred_at       BIGINT, -- own
    arrest            TEXT, -- own
    report_number     TEXT, -- own
    report_commitment TEXT, -- own
    report_kind       TEXT -- own
);

-- on: ReportAvailable
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO report_available (entry, occurred_at, arrest, report_number, report_commitment, report_kind)
SELECT :entry, :occurred_at, :arrest, :report_number, :report_commitment, :report_kind
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(report_available.occurred_at, excluded.occurred_at),
    arrest = COALESCE(report_available.arrest, excluded.arrest),
    report_number = COALESCE(report_available.report_number, excluded.report_number),
    report_commitment = COALESCE(report_available.report_commitment, excluded.report_commitment),
    report_kind = COALESCE(report_available.report_kind, excluded.report_kind);

-- table: released_from_custody
-- ReleasedFromCustody: the person left custody.
CREATE TABLE released_from_custody (
    entry            BIGINT NOT NULL PRIMARY KEY,
    occurred_at      BIGINT, -- own
    arrest           TEXT, -- own
    release_basis    TEXT, -- own
    conditions_given INTEGER -- own
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
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 5.1
    arrest      TEXT -- 5.1
);

-- on: ChargeFiled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_filed (entry, occurred_at, arrest)
SELECT :entry, :occurred_at, :arrest
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(charge_filed.occurred_at, excluded.occurred_at),
    arrest = COALESCE(charge_filed.arrest, excluded.arrest);

-- table: charge_declined
-- ChargeDeclined: a referred matter not charged.
CREATE TABLE charge_declined (
    entry       BIGINT NOT NULL PRIMARY KEY,
    occurred_at BIGINT, -- 5.1
    arrest      TEXT, -- 5.1
    whole_case  INTEGER -- 5.1
);

-- on: ChargeDeclined
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO charge_declined (entry, occurred_at, arrest, whole_case)
SELECT :entry, :occurred_at, :arrest, :whole_case
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(charge_declined.occurred_at, excluded.occurred_at),
    arrest = COALESCE(charge_declined.arrest, excluded.arrest),
    whole_case = COALESCE(charge_declined.whole_case, excluded.whole_case);

-- table: release_conditions_set
-- ReleaseConditionsSet: release decided, conditions set or changed.
CREATE TABLE release_conditions_set (
    entry              BIGINT NOT NULL PRIMARY KEY,
    order_number       TEXT, -- 5.9
    release_decision   TEXT, -- 5.9
    contact_conditions TEXT, -- 5.9
    conditions         TEXT, -- 5.9
    expires_on         INTEGER, -- 5.9
    supervised_by      TEXT, -- 5.9
    program_by         TEXT -- 5.9
);

-- on: ReleaseConditionsSet
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO release_conditions_set (entry, order_number, release_decision, contact_conditions, conditions,
    expires_on, supervised_by, program_by)
SELECT :entry, :order_number, :release_decision, :contact_conditions, :conditions, :expires_on, :supervised_by,
    :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
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
    order_number        TEXT, -- 5.9
    order_kind          TEXT, -- 5.9
    contact_conditions  TEXT, -- 5.9
    order_restrictions  TEXT, -- 5.9
    firearms_prohibited INTEGER, -- 5.9
    expires_on          INTEGER, -- 5.9
    serve_by            TEXT, -- 5.9
    supervised_by       TEXT -- 5.9
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
    occurred_at    BIGINT, -- own, 5.9
    "order"        TEXT, -- own, 5.9
    order_number   TEXT, -- own, 5.9
    service_method TEXT, -- own, 5.9
    attempts       INTEGER -- own
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
    "order"      TEXT, -- 5.9
    order_number TEXT, -- 5.9
    order_end    TEXT -- 5.9
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

-- table: charge_disposed
-- ChargeDisposed: outcome of one count.
CREATE TABLE charge_disposed (
    entry       BIGINT NOT NULL PRIMARY KEY,
    charge      TEXT, -- 5.1
    disposition TEXT -- 5.1
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
    entry              BIGINT NOT NULL PRIMARY KEY,
    contact_conditions TEXT, -- 5.1
    restrictions       TEXT, -- 5.1
    supervised_by      TEXT -- 5.1
);

-- on: SentenceImposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO sentence_imposed (entry, contact_conditions, restrictions, supervised_by)
SELECT :entry, :contact_conditions, :restrictions, :supervised_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    contact_conditions = COALESCE(sentence_imposed.contact_conditions, excluded.contact_conditions),
    restrictions = COALESCE(sentence_imposed.restrictions, excluded.restrictions),
    supervised_by = COALESCE(sentence_imposed.supervised_by, excluded.supervised_by);

-- table: warrant_issued
-- WarrantIssued: a warrant.
CREATE TABLE warrant_issued (
    entry          BIGINT NOT NULL PRIMARY KEY,
    warrant_number TEXT, -- 5.1
    warrant_kind   TEXT, -- 5.1
    execute_by     TEXT -- 5.1
);

-- on: WarrantIssued
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO warrant_issued (entry, warrant_number, warrant_kind, execute_by)
SELECT :entry, :warrant_number, :warrant_kind, :execute_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    warrant_number = COALESCE(warrant_issued.warrant_number, excluded.warrant_number),
    warrant_kind = COALESCE(warrant_issued.warrant_kind, excluded.warrant_kind),
    execute_by = COALESCE(warrant_issued.execute_by, excluded.execute_by);

-- table: warrant_ended
-- WarrantEnded: served (LE), recalled or other (CT).
CREATE TABLE warrant_ended (
    entry          BIGINT NOT NULL PRIMARY KEY,
    warrant        TEXT, -- own, 5.1
    warrant_number TEXT, -- own, 5.1
    warrant_end    TEXT -- own, 5.1
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
    occurred_at BIGINT, -- 3.5
    covers      TEXT -- 3.5
);

-- on: RecordsSealed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO records_sealed (entry, occurred_at, covers)
SELECT :entry, :occurred_at, :covers
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(records_sealed.occurred_at, excluded.occurred_at),
    covers = COALESCE(records_sealed.covers, excluded.covers);

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
    covers      TEXT -- 3.5
);

-- on: RecordsExpunged
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO records_expunged (entry, occurred_at, covers)
SELECT :entry, :occurred_at, :covers
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    occurred_at = COALESCE(records_expunged.occurred_at, excluded.occurred_at),
    covers = COALESCE(records_expunged.covers, excluded.covers);

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
    entry            BIGINT NOT NULL PRIMARY KEY,
    supervision_kind TEXT, -- 5.1
    ends_on          INTEGER -- 5.1
);

-- on: SupervisionStarted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_started (entry, supervision_kind, ends_on)
SELECT :entry, :supervision_kind, :ends_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    supervision_kind = COALESCE(supervision_started.supervision_kind, excluded.supervision_kind),
    ends_on = COALESCE(supervision_started.ends_on, excluded.ends_on);

-- table: supervision_ended
-- SupervisionEnded: supervision closed.
CREATE TABLE supervision_ended (
    entry       BIGINT NOT NULL PRIMARY KEY,
    supervision TEXT -- 5.1
);

-- on: SupervisionEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_ended (entry, supervision)
SELECT :entry, :supervision
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    supervision = COALESCE(supervision_ended.supervision, excluded.supervision);

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

-- query: orders_in_force
-- Protection orders that have not ended or expired, with whether they were served: what may have to be enforced tonight.
SELECT e.event, e.origin, e.file, e.occurred_on, o.order_number, o.order_kind, o.contact_conditions,
    o.order_restrictions, o.expires_on,
    (SELECT COUNT(*) FROM protection_order_served AS v JOIN event AS ve ON ve.entry = v.entry WHERE v."order" = e.event
        AND ve.recorded_at <= :as_of) AS served
FROM protection_order_issued AS o
JOIN event AS e ON e.entry = o.entry
WHERE e.recorded_at <= :as_of
    AND e.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    AND NOT EXISTS (
        SELECT 1 FROM protection_order_ended AS z
        JOIN event AS ze ON ze.entry = z.entry AND ze.recorded_at <= :as_of
        WHERE z."order" = e.event
            AND ze.entry NOT IN (SELECT s.entry FROM superseded AS s WHERE s.recorded_at <= :as_of)
    )
    AND (o.expires_on IS NULL OR o.expires_on >= :today)
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
