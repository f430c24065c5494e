-- What the re-education programme rebuilds from the exchange: one table per kind of event, one column per field that the memorandum
-- lets it see (the number beside a column is the clause), or that it publishes itself (own). What is not here it never stores.

-- table: release_conditions_set
-- ReleaseConditionsSet: release decided, conditions set or changed.
CREATE TABLE release_conditions_set (
    entry              BIGINT NOT NULL PRIMARY KEY,
    contact_conditions TEXT, -- 5.5
    expires_on         INTEGER, -- 5.5
    supervised_by      TEXT, -- 5.5
    program_by         TEXT -- 5.5
);

-- on: ReleaseConditionsSet
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO release_conditions_set (entry, contact_conditions, expires_on, supervised_by, program_by)
SELECT :entry, :contact_conditions, :expires_on, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    contact_conditions = COALESCE(release_conditions_set.contact_conditions, excluded.contact_conditions),
    expires_on = COALESCE(release_conditions_set.expires_on, excluded.expires_on),
    supervised_by = COALESCE(release_conditions_set.supervised_by, excluded.supervised_by),
    program_by = COALESCE(release_conditions_set.program_by, excluded.program_by);

-- table: sentence_imposed
-- SentenceImposed: sanctions, restrictions, rehabilitation, supervision.
CREATE TABLE sentence_imposed (
    entry              BIGINT NOT NULL PRIMARY KEY,
    sentence_phase     TEXT, -- 5.5
    contact_conditions TEXT, -- 5.5
    rehabilitation     TEXT, -- 5.5
    program_sessions   INTEGER, -- 5.5
    community_from     INTEGER, -- 5.5
    review_on          INTEGER, -- 5.5
    supervised_by      TEXT, -- 5.5
    program_by         TEXT -- 5.5
);

-- on: SentenceImposed
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO sentence_imposed (entry, sentence_phase, contact_conditions, rehabilitation, program_sessions,
    community_from, review_on, supervised_by, program_by)
SELECT :entry, :sentence_phase, :contact_conditions, :rehabilitation, :program_sessions, :community_from,
    :review_on, :supervised_by, :program_by
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    sentence_phase = COALESCE(sentence_imposed.sentence_phase, excluded.sentence_phase),
    contact_conditions = COALESCE(sentence_imposed.contact_conditions, excluded.contact_conditions),
    rehabilitation = COALESCE(sentence_imposed.rehabilitation, excluded.rehabilitation),
    program_sessions = COALESCE(sentence_imposed.program_sessions, excluded.program_sessions),
    community_from = COALESCE(sentence_imposed.community_from, excluded.community_from),
    review_on = COALESCE(sentence_imposed.review_on, excluded.review_on),
    supervised_by = COALESCE(sentence_imposed.supervised_by, excluded.supervised_by),
    program_by = COALESCE(sentence_imposed.program_by, excluded.program_by);

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
    entry   BIGINT NOT NULL PRIMARY KEY,
    ends_on INTEGER -- 5.5
);

-- on: SupervisionStarted
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_started (entry, ends_on)
SELECT :entry, :ends_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ends_on = COALESCE(supervision_started.ends_on, excluded.ends_on);

-- table: supervision_ended
-- SupervisionEnded: supervision closed.
CREATE TABLE supervision_ended (
    entry       BIGINT NOT NULL PRIMARY KEY,
    supervision TEXT -- 5.5
);

-- on: SupervisionEnded
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO supervision_ended (entry, supervision)
SELECT :entry, :supervision
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    supervision = COALESCE(supervision_ended.supervision, excluded.supervision);

-- table: program_enrolled
-- ProgramEnrolled: accepted into a programme.
CREATE TABLE program_enrolled (
    entry             BIGINT NOT NULL PRIMARY KEY,
    ordered_by        TEXT, -- own
    referral          TEXT, -- own
    enrollment_number TEXT, -- own
    program           TEXT, -- own
    sessions_required INTEGER, -- own
    first_session_on  INTEGER -- own
);

-- on: ProgramEnrolled
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO program_enrolled (entry, ordered_by, referral, enrollment_number, program, sessions_required,
    first_session_on)
SELECT :entry, :ordered_by, :referral, :enrollment_number, :program, :sessions_required, :first_session_on
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    ordered_by = COALESCE(program_enrolled.ordered_by, excluded.ordered_by),
    referral = COALESCE(program_enrolled.referral, excluded.referral),
    enrollment_number = COALESCE(program_enrolled.enrollment_number, excluded.enrollment_number),
    program = COALESCE(program_enrolled.program, excluded.program),
    sessions_required = COALESCE(program_enrolled.sessions_required, excluded.sessions_required),
    first_session_on = COALESCE(program_enrolled.first_session_on, excluded.first_session_on);

-- table: program_attendance
-- ProgramAttendance: one session.
CREATE TABLE program_attendance (
    entry          BIGINT NOT NULL PRIMARY KEY,
    enrollment     TEXT, -- own
    session        INTEGER, -- own
    session_result TEXT -- own
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
    occurred_at       BIGINT, -- own
    enrollment        TEXT, -- own
    referral          TEXT, -- own
    program_end       TEXT, -- own
    sessions_attended INTEGER -- own
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
    occurred_at      BIGINT, -- own
    violation_number TEXT, -- own
    violated         TEXT, -- own
    violation_kind   TEXT, -- own
    instrument       TEXT, -- own
    breach           TEXT, -- own
    answer_from      TEXT -- own
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

-- table: case_referred
-- CaseReferred: hands a matter to one agency, for a purpose.
CREATE TABLE case_referred (
    entry        BIGINT NOT NULL PRIMARY KEY,
    to_agency    TEXT, -- 3.5
    purpose      TEXT, -- 3.3 (to_agency alone)
    case_numbers TEXT -- 3.3 (to_agency alone)
);

-- on: CaseReferred
-- The first value read stays; late keys fill what was missing; a sealed file takes nothing.
INSERT INTO case_referred (entry, to_agency, purpose, case_numbers)
SELECT :entry, :to_agency, :purpose, :case_numbers
WHERE NOT EXISTS (SELECT 1 FROM sealed_file AS s WHERE s.file = :file AND s.origin = :origin)
ON CONFLICT (entry) DO UPDATE SET
    to_agency = COALESCE(case_referred.to_agency, excluded.to_agency),
    purpose = COALESCE(case_referred.purpose, excluded.purpose),
    case_numbers = COALESCE(case_referred.case_numbers, excluded.case_numbers);

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

-- query: enrolled
-- Enrolments that have not ended.
SELECT e.event, e.origin, e.file, e.occurred_on, p.enrollment_number, p.program, p.first_session_on
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
