"""One model for each kind of event. Generated from the schemas by `accord schemas record`; do not edit.

A model holds an event's own fields; ids are bytes, sets are sorted tuples, None is "not stated". Every model
also takes the JSON form of its values; see `accord.domain.values`.
"""

# fmt: off

from __future__ import annotations

from typing import ClassVar, Final, Literal, TypeAlias

from pydantic import Field

from accord.domain.values import (
    Code,
    Commitment,
    Count,
    Day,
    Event,
    EventId,
    Ordinal,
    Rules,
    SetOf,
    Time,
    Value,
)

AmendmentReason: TypeAlias = Literal["plea_agreement", "evidence", "legal_correction", "replaced_instrument", "graver", "unspecified"]
Appearance: TypeAlias = Literal["present", "failed_to_appear", "excused", "not_produced", "not_required", "unspecified"]
ArrestKind: TypeAlias = Literal["on_view", "warrant", "citation", "surrender", "hold", "unspecified"]
ChallengeAnswer: TypeAlias = Literal["corrected", "voided", "unchanged", "sent_to_court", "unspecified"]
ChallengeKind: TypeAlias = Literal["inaccurate", "incomplete", "not_mine", "should_be_sealed", "unspecified"]
Concession: TypeAlias = Literal["charge_reduced", "counts_dismissed", "sentence_agreed", "deferral", "dv_designation_removed", "unspecified"]
ContactCondition: TypeAlias = Literal["no_contact", "no_third_party", "no_online", "stay_away", "no_violence", "no_surveillance", "limited", "unspecified"]
ContactKind: TypeAlias = Literal["office", "field", "voice", "video", "record_check", "unspecified"]
ContactResult: TypeAlias = Literal["kept", "missed_excused", "missed_unexcused", "moved_by_agency", "unspecified"]
DeclineReason: TypeAlias = Literal["insufficient_evidence", "more_investigation", "legal_defect", "no_jurisdiction", "other_prosecutor", "other_case", "diverted", "time_limit", "discretion", "not_primary_aggressor", "unspecified"]
DismissalReason: TypeAlias = Literal["insufficient_evidence", "evidence_suppressed", "legal_defect", "prosecution_not_ready", "time_limit", "plea_to_other_count", "other_case", "replaced_charge", "no_jurisdiction", "agreement_fulfilled", "discretion", "died", "unspecified"]
Disposition: TypeAlias = Literal["convicted", "acquitted", "dismissed", "read_in", "deferred", "not_responsible", "transferred", "abated", "vacated", "unspecified"]
DispositionMethod: TypeAlias = Literal["plea", "bench_trial", "jury_trial", "prosecution_motion", "defense_motion", "court_motion", "agreement", "administrative", "unspecified"]
HearingKind: TypeAlias = Literal["first_appearance", "arraignment", "release", "preliminary", "pretrial", "motion", "plea", "trial", "sentencing", "violation", "compliance_review", "expungement_review", "wellness_court", "unspecified"]
HearingOutcome: TypeAlias = Literal["completed", "continued_prosecution", "continued_defense", "continued_court", "continued_agreed", "cancelled", "unspecified"]
Hold: TypeAlias = Literal["imposed", "lifted", "unspecified"]
IncidentOutcome: TypeAlias = Literal["arrest", "non_arrest", "referred", "unspecified"]
InquiryAnswer: TypeAlias = Literal["done_late", "in_progress", "not_required", "other_agency", "not_possible", "not_ours", "unspecified"]
InquiryReason: TypeAlias = Literal["overdue", "still_overdue", "promise_passed", "unspecified"]
Jurisdiction: TypeAlias = Literal["tribal", "special_tribal", "state_concurrent", "state", "federal", "municipal", "unspecified"]
NonArrestReason: TypeAlias = Literal["gone_on_arrival", "not_identified", "no_probable_cause", "no_jurisdiction", "medical_first", "other_agency", "advised_only", "supervisor_decision", "unspecified"]
OrderEnd: TypeAlias = Literal["expired", "replaced", "ended_by_court", "unspecified"]
OrderKind: TypeAlias = Literal["emergency", "temporary", "final", "criminal", "unspecified"]
OrderRestriction: TypeAlias = Literal["surrender_firearms", "no_weapons", "no_alcohol_drugs", "attend_program", "exclusion", "unspecified"]
Plea: TypeAlias = Literal["not_guilty", "guilty", "no_contest", "alford", "not_responsible", "stood_mute", "unspecified"]
ProgramEnd: TypeAlias = Literal["completed", "terminated_attendance", "terminated_conduct", "terminated_fees", "not_accepted", "transferred", "ended_by_court", "unspecified"]
Purpose: TypeAlias = Literal["charging_decision", "warrant_request", "charges_filed", "presentence_report", "supervision", "program_intake", "enforcement", "other_prosecutor", "violation_action", "expungement_review", "unspecified"]
ReleaseBasis: TypeAlias = Literal["recognizance", "bond", "court_order", "no_charge", "sentence_served", "transferred", "unspecified"]
ReleaseCondition: TypeAlias = Literal["surrender_firearms", "no_weapons", "no_alcohol_drugs", "attend_program", "exclusion", "see_order", "testing", "electronic_monitoring", "curfew", "remain_in_area", "report_in", "no_new_offense", "unspecified"]
ReleaseDecision: TypeAlias = Literal["recognizance", "bond", "supervised", "held", "conditions_changed", "conditions_ended", "unspecified"]
ReportKind: TypeAlias = Literal["initial", "supplement", "final", "unspecified"]
Response: TypeAlias = Literal["no_violation_found", "no_action", "warning", "more_reporting", "added_sessions", "added_conditions", "monitoring", "service_hours", "hearing_set", "short_custody", "warrant_requested", "arrest", "new_charge", "release_revoked", "supervision_revoked", "unspecified"]
Restriction: TypeAlias = Literal["surrender_firearms", "no_weapons", "no_alcohol_drugs", "testing", "electronic_monitoring", "curfew", "exclusion", "no_new_offense", "see_order", "travel_limit", "no_position_of_trust", "unspecified"]
SentencePhase: TypeAlias = Literal["original", "after_deferral", "after_revocation", "modified", "unspecified"]
ServiceMethod: TypeAlias = Literal["personal", "in_court", "substitute", "electronic", "unspecified"]
SessionResult: TypeAlias = Literal["attended", "absent_excused", "absent_unexcused", "sent_away", "cancelled", "unspecified"]
Severity: TypeAlias = Literal["felony", "enhanced_tribal", "gross_misdemeanor", "misdemeanor", "petty", "civil_infraction", "unspecified"]
SupervisionEnd: TypeAlias = Literal["completed", "early_discharge", "revoked", "absconded", "transferred", "ended_by_court", "died", "unspecified"]
SupervisionKind: TypeAlias = Literal["supervised_probation", "court_probation", "pretrial", "deferred", "conditional_release", "community_panel", "unspecified"]
SupervisionLevel: TypeAlias = Literal["intensive", "standard", "reduced", "unspecified"]
Violated: TypeAlias = Literal["release_conditions", "protection_order", "sentence", "supervision", "program_rules", "unspecified"]
ViolationKind: TypeAlias = Literal["contact", "third_party_contact", "violence_or_threat", "approach", "surveillance", "weapon", "alcohol_drugs", "failed_to_enroll", "missed_session", "program_terminated", "missed_contact", "absconded", "failed_to_appear", "monitoring_breach", "curfew", "travel", "exclusion", "new_arrest", "other_condition", "unspecified"]
WarrantEnd: TypeAlias = Literal["served", "recalled", "expired", "replaced", "unspecified"]
WarrantKind: TypeAlias = Literal["arrest", "failure_to_appear", "violation", "commitment", "unspecified"]
NumberKind: TypeAlias = Literal["arrest", "report", "prosecution", "docket", "order", "warrant", "supervision", "violation", "enrollment"]


class OfficialNumber(Value):
    """A number that an agency gave to a matter of its own; `issuer` is the agency's slug."""

    kind: NumberKind
    issuer: Code
    value: str


class IncidentReported(Event):
    """A call or report reached police."""

    dispatch_minutes: Count | None = Field(default=None, description="from the call to a unit sent (minutes)")
    arrival_minutes: Count | None = Field(default=None, description="from the call to the first unit on the scene (minutes)")
    suspect_present: bool | None = Field(default=None, description="there when police arrived")


class ArrestNotMade(Event):
    """A documented decision not to arrest."""

    non_arrest_reason: NonArrestReason = Field(description="why nobody was arrested")
    suspect_present: bool = Field(description="there when police arrived")
    mandatory_arrest: bool = Field(description="the mandatory-arrest law applied")
    warrant_requested: bool = Field(description="police asked for a warrant")
    report_written: bool = Field(description="a written report exists")


class IncidentClosed(Event):
    """How the call ended."""

    incident_outcome: IncidentOutcome = Field(description="how the call ended")
    mandatory_arrest: bool = Field(description="the mandatory-arrest law applied")


class ArrestMade(Event):
    """A person was arrested or cited."""

    occurred_at: Time = Field(description="when it happened; absent if the source has a date only")
    arrest_number: OfficialNumber = Field(description="the number police gave the arrest")
    arrest_kind: ArrestKind = Field(description="how the arrest came about")
    offenses: SetOf[Code] = Field(description="classes arrested for")
    mandatory_arrest: bool | None = Field(default=None, description="the mandatory-arrest law applied")
    dual_arrest: bool | None = Field(default=None, description="another person was arrested at the same call; a count, never a link")
    warrant: EventId | None = Field(default=None, description="the warrant")


class ReportAvailable(Event):
    """A report exists; never its text."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    arrest: EventId = Field(description="the arrest")
    report_number: OfficialNumber = Field(description="the number of the police report")
    report_commitment: Commitment = Field(description="HMAC of the report; its salt stays with police and goes with the report")
    report_kind: ReportKind = Field(description="which report of the matter this is")


class ReleasedFromCustody(Event):
    """The person left custody."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    arrest: EventId | None = Field(default=None, description="the arrest")
    release_basis: ReleaseBasis = Field(description="on what ground the person left custody")
    conditions_given: bool = Field(description="handed over in writing at release")


class ChargeFiled(Event):
    """One count filed."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    referral: EventId | None = Field(default=None, description="the referral")
    arrest: EventId | None = Field(default=None, description="the arrest")
    docket_number: OfficialNumber = Field(description="the court's number of the case")
    count: Ordinal = Field(description="number given at first filing; never reused")
    statute: str = Field(description="section of law: after the change, as filed, or as disposed of")
    offense: Code = Field(description="class of the offence, for measures")
    severity: Severity = Field(description="severity of the count: after the change, as filed, or as disposed of")
    jurisdiction: Jurisdiction = Field(description="basis of the charge")
    dv_designated: bool = Field(description="charged as a domestic-violence offence")


class ChargeDeclined(Event):
    """A referred matter was not charged."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    referral: EventId | None = Field(default=None, description="the referral")
    arrest: EventId | None = Field(default=None, description="the arrest")
    decline_reason: DeclineReason = Field(description="why a referred matter was not charged")
    whole_case: bool = Field(description="nothing referred remains")


class ChargeAmended(Event):
    """A count changed."""

    charge: EventId = Field(description="the count, by its first filing")
    old_statute: str = Field(description="section of law before the change")
    old_severity: Severity = Field(description="severity of the count before the change")
    statute: str = Field(description="section of law: after the change, as filed, or as disposed of")
    offense: Code = Field(description="class of the offence, for measures")
    severity: Severity = Field(description="severity of the count: after the change, as filed, or as disposed of")
    dv_designated: bool = Field(description="charged as a domestic-violence offence")
    amendment_reason: AmendmentReason = Field(description="why the count changed")


class ReleaseConditionsSet(Event):
    """Release was decided, and conditions were set or changed."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    arrest: EventId | None = Field(default=None, description="the arrest")
    charges: SetOf[EventId] = Field(description="the counts, each by its first filing")
    order_number: OfficialNumber = Field(description="the court's number of the order")
    release_decision: ReleaseDecision = Field(description="what the court decided about release")
    contact_conditions: SetOf[ContactCondition] = Field(description="conditions that keep the person away")
    conditions: SetOf[ReleaseCondition] = Field(description="other conditions of release")
    expires_on: Day | None = Field(default=None, description="last day in force; absent: until ended")
    supervised_by: Code | None = Field(default=None, description="probation office charged with the person")
    program_by: Code | None = Field(default=None, description="programme charged with the person")


class ProtectionOrderIssued(Event):
    """A protection order is in force, or is to be served."""

    order_number: OfficialNumber = Field(description="the court's number of the order")
    order_kind: OrderKind = Field(description="at which stage the order was made")
    contact_conditions: SetOf[ContactCondition] = Field(description="conditions that keep the person away")
    order_restrictions: SetOf[OrderRestriction] = Field(description="what else the order bars or requires")
    firearms_prohibited: bool = Field(description="federal firearms bar applies")
    expires_on: Day | None = Field(default=None, description="last day in force; absent: until ended")
    serve_by: Code = Field(description="agency to serve the order")
    supervised_by: Code | None = Field(default=None, description="probation office charged with the person")


class ProtectionOrderServed(Event):
    """The order was served on the restrained person."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    order: EventId = Field(description="the protection order")
    order_number: OfficialNumber = Field(description="the court's number of the order")
    service_method: ServiceMethod = Field(description="how the order was served")
    attempts: Count = Field(description="tries at service, the successful one included (attempts)")


class ProtectionOrderEnded(Event):
    """The order is no longer in force."""

    order: EventId = Field(description="the protection order")
    order_number: OfficialNumber = Field(description="the court's number of the order")
    order_end: OrderEnd = Field(description="the court's act that ended the order")


class HearingHeld(Event):
    """A hearing, with appearance."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    hearing_kind: HearingKind = Field(description="what the hearing was for")
    appearance: Appearance = Field(description="did the accused appear")
    hearing_outcome: HearingOutcome = Field(description="held, or put off and by whom")
    next_hearing_on: Day | None = Field(default=None, description="date the next hearing is set for")
    arrest: EventId | None = Field(default=None, description="the arrest")
    charges: SetOf[EventId] = Field(description="the counts, each by its first filing")
    ordered_by: EventId | None = Field(default=None, description="the SentenceImposed or ReleaseConditionsSet under which it is done")
    referral: EventId | None = Field(default=None, description="the referral")


class PleaEntered(Event):
    """A plea to one count."""

    charge: EventId = Field(description="the count, by its first filing")
    plea: Plea = Field(description="the plea to one count")
    negotiated: bool | None = Field(default=None, description="the plea was bargained for")
    concessions: SetOf[Concession] | None = Field(default=None, description="given for a negotiated plea")


class ChargeDisposed(Event):
    """The outcome of one count."""

    REQUIRED_WHEN: ClassVar[Rules] = {"dismissal_reason": ("disposition", frozenset({"dismissed"}))}

    charge: EventId = Field(description="the count, by its first filing")
    disposition: Disposition = Field(description="the outcome of the count")
    disposition_method: DispositionMethod = Field(description="how, or on whose motion, the count was disposed of")
    dismissal_reason: DismissalReason | None = Field(default=None, description="why the count was dismissed; required when it was")
    statute: str | None = Field(default=None, description="section of law: after the change, as filed, or as disposed of")
    offense: Code = Field(description="class of the offence, for measures")
    severity: Severity = Field(description="severity of the count: after the change, as filed, or as disposed of")


class SentenceImposed(Event):
    """Sanctions, restrictions, rehabilitation and supervision."""

    docket_number: OfficialNumber = Field(description="the court's number of the case")
    sentence_phase: SentencePhase = Field(description="at which point of the case the sentence was imposed")
    charges: SetOf[EventId] = Field(description="the counts, each by its first filing")
    sanctions: SetOf[Code] = Field(description="the penalties imposed")
    contact_conditions: SetOf[ContactCondition] | None = Field(default=None, description="conditions that keep the person away")
    restrictions: SetOf[Restriction] | None = Field(default=None, description="what the sentence bars or requires")
    rehabilitation: SetOf[Code] | None = Field(default=None, description="what the person must go through to change")
    program_sessions: Count | None = Field(default=None, description="sessions the court ordered (sessions)")
    supervision_kind: SupervisionKind | None = Field(default=None, description="who supervises, and at which stage")
    supervision_days: Count | None = Field(default=None, description="length ordered (days)")
    confinement_days: Count | None = Field(default=None, description="to be served; 0 none; life 36500 (days)")
    suspended_days: Count | None = Field(default=None, description="confinement imposed and suspended; 0 none (days)")
    community_from: Day = Field(description="first day in the community; clocks start here")
    review_on: Day | None = Field(default=None, description="first compliance review")
    supervised_by: Code | None = Field(default=None, description="probation office charged with the person")
    program_by: Code | None = Field(default=None, description="programme charged with the person")


class WarrantIssued(Event):
    """A warrant was issued."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    warrant_number: OfficialNumber | None = Field(default=None, description="the court's number of the warrant")
    warrant_kind: WarrantKind = Field(description="what the warrant is for")
    execute_by: Code | None = Field(default=None, description="agency to serve the warrant")
    hearing: EventId | None = Field(default=None, description="the hearing")


class WarrantEnded(Event):
    """A warrant was served (law enforcement), recalled or otherwise ended (court)."""

    warrant: EventId = Field(description="the warrant")
    warrant_number: OfficialNumber = Field(description="the court's number of the warrant")
    warrant_end: WarrantEnd = Field(description="how the warrant ended")


class RecordsSealed(Event):
    """Access to the files covered is limited."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    covers: SetOf[EventId] = Field(description="one event of each file covered")
    referral: EventId | None = Field(default=None, description="the referral")


class RecordsUnsealed(Event):
    """A seal is lifted, in whole or in part."""

    covers: SetOf[EventId] = Field(description="one event of each file covered")


class RecordsExpunged(Event):
    """The files covered are to be destroyed after the appeal period."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    covers: SetOf[EventId] = Field(description="one event of each file covered")
    referral: EventId | None = Field(default=None, description="the referral")


class LegalHold(Event):
    """Stops an expungement, or lets it go on."""

    covers: SetOf[EventId] = Field(description="one event of each file covered")
    hold: Hold = Field(description="whether the hold stops an expungement or lets it go on")


class SupervisionStarted(Event):
    """Supervision was opened."""

    ordered_by: EventId | None = Field(default=None, description="the SentenceImposed or ReleaseConditionsSet under which it is done")
    supervision_number: OfficialNumber = Field(description="the probation office's number of the supervision")
    supervision_kind: SupervisionKind = Field(description="who supervises, and at which stage")
    supervision_level: SupervisionLevel = Field(description="how close the supervision is")
    ends_on: Day | None = Field(default=None, description="planned end")


class SupervisionContact(Event):
    """A supervision contact was kept or missed."""

    supervision: EventId = Field(description="the supervision")
    contact_kind: ContactKind = Field(description="how a supervision contact took place")
    contact_result: ContactResult = Field(description="whether the supervision contact was kept")


class SupervisionEnded(Event):
    """Supervision was closed."""

    supervision: EventId = Field(description="the supervision")
    supervision_end: SupervisionEnd = Field(description="how supervision ended")


class ProgramEnrolled(Event):
    """The person was accepted into a programme."""

    ordered_by: EventId | None = Field(default=None, description="the SentenceImposed or ReleaseConditionsSet under which it is done")
    referral: EventId | None = Field(default=None, description="the referral")
    enrollment_number: OfficialNumber = Field(description="the programme's number of the enrolment")
    program: Code = Field(description="which programme")
    sessions_required: Count = Field(description="sessions the programme requires (sessions)")
    first_session_on: Day = Field(description="date of the first session")


class ProgramAttendance(Event):
    """One session of a programme."""

    enrollment: EventId = Field(description="the enrolment")
    session: Ordinal = Field(description="which session, counted in order from 1")
    session_result: SessionResult = Field(description="whether the person took part in the session")


class ProgramEnded(Event):
    """An enrolment was closed, or intake refused."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    enrollment: EventId | None = Field(default=None, description="the enrolment")
    referral: EventId | None = Field(default=None, description="the referral")
    program_end: ProgramEnd = Field(description="how the enrolment ended")
    sessions_attended: Count = Field(description="whole sessions attended (sessions)")


class ViolationReported(Event):
    """A breach, and who must answer for it."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    violation_number: OfficialNumber | None = Field(default=None, description="the reporting agency's number of the violation")
    violated: Violated = Field(description="which kind of instrument was breached")
    violation_kind: ViolationKind = Field(description="what the breach was")
    instrument: EventId | None = Field(default=None, description="what was violated: conditions, order, sentence, supervision, enrolment")
    breach: EventId | None = Field(default=None, description="the recorded act that is the breach: a session, contact or programme end; or the sentence or referral nobody came for")
    answer_from: Code = Field(description="agency that must answer")


class ViolationAnswered(Event):
    """What was done about a violation."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    violation: EventId = Field(description="the violation")
    responses: SetOf[Response] = Field(description="what was done about the violation, from the ladder")
    hearing_on: Day | None = Field(default=None, description="hearing set for the violation")


class CaseReferred(Event):
    """Hands a matter to one agency, for a purpose."""

    occurred_at: Time | None = Field(default=None, description="when it happened; absent if the source has a date only")
    to_agency: Code = Field(description="the one agency that is addressed")
    purpose: Purpose = Field(description="what the agency is asked to do with the matter")
    case_numbers: SetOf[OfficialNumber] = Field(description="the referrer's own numbers for the matter")
    arrest: EventId | None = Field(default=None, description="the arrest")


class ReferralAccepted(Event):
    """A referred matter was taken in, under this number."""

    referral: EventId = Field(description="the referral")
    from_agency: Code = Field(description="whose referral it was")
    case_number: OfficialNumber = Field(description="the referee's own number")


class CaseLinked(Event):
    """Proposes that two files are one person's matter."""

    other_event: EventId = Field(description="any event of the other file")


class CaseUnlinked(Event):
    """Says that two files are not one person's matter."""

    other_event: EventId = Field(description="any event of the other file")


class EventVoided(Event):
    """The event in `supersedes`, which is required here, should not exist; kept in the file of that event."""


class InquiryRaised(Event):
    """By rule, asks about an overdue obligation."""

    obligation: Code = Field(description="the overdue obligation")
    trigger: EventId = Field(description="the event that started the clock")
    to_agency: Code = Field(description="the one agency that is addressed")
    inquiry_reason: InquiryReason = Field(description="why the question is asked now")


class InquiryAnswered(Event):
    """The agency's answer to an inquiry."""

    inquiry: EventId = Field(description="the inquiry")
    inquiry_answer: InquiryAnswer = Field(description="what the agency answers")
    done_by: Day | None = Field(default=None, description="date promised")


class EntryChallenged(Event):
    """The person a record is about challenges it (28 CFR 20.21); said by the agency that was told."""

    challenged: EventId = Field(description="the event challenged")
    challenge_kind: ChallengeKind = Field(description="what is said to be wrong with the record")
    answer_from: Code = Field(description="agency that must answer")


class ChallengeAnswered(Event):
    """What became of a challenge."""

    challenge: EventId = Field(description="the challenge")
    challenge_answer: ChallengeAnswer = Field(description="what became of the challenge")
    to_agency: Code = Field(description="the one agency that is addressed")


EVENTS: Final[dict[str, type[Event]]] = {
    "IncidentReported": IncidentReported,
    "ArrestNotMade": ArrestNotMade,
    "IncidentClosed": IncidentClosed,
    "ArrestMade": ArrestMade,
    "ReportAvailable": ReportAvailable,
    "ReleasedFromCustody": ReleasedFromCustody,
    "ChargeFiled": ChargeFiled,
    "ChargeDeclined": ChargeDeclined,
    "ChargeAmended": ChargeAmended,
    "ReleaseConditionsSet": ReleaseConditionsSet,
    "ProtectionOrderIssued": ProtectionOrderIssued,
    "ProtectionOrderServed": ProtectionOrderServed,
    "ProtectionOrderEnded": ProtectionOrderEnded,
    "HearingHeld": HearingHeld,
    "PleaEntered": PleaEntered,
    "ChargeDisposed": ChargeDisposed,
    "SentenceImposed": SentenceImposed,
    "WarrantIssued": WarrantIssued,
    "WarrantEnded": WarrantEnded,
    "RecordsSealed": RecordsSealed,
    "RecordsUnsealed": RecordsUnsealed,
    "RecordsExpunged": RecordsExpunged,
    "LegalHold": LegalHold,
    "SupervisionStarted": SupervisionStarted,
    "SupervisionContact": SupervisionContact,
    "SupervisionEnded": SupervisionEnded,
    "ProgramEnrolled": ProgramEnrolled,
    "ProgramAttendance": ProgramAttendance,
    "ProgramEnded": ProgramEnded,
    "ViolationReported": ViolationReported,
    "ViolationAnswered": ViolationAnswered,
    "CaseReferred": CaseReferred,
    "ReferralAccepted": ReferralAccepted,
    "CaseLinked": CaseLinked,
    "CaseUnlinked": CaseUnlinked,
    "EventVoided": EventVoided,
    "InquiryRaised": InquiryRaised,
    "InquiryAnswered": InquiryAnswered,
    "EntryChallenged": EntryChallenged,
    "ChallengeAnswered": ChallengeAnswered,
}
"""Every kind of event and its model."""
