"""The good memorandum with one edit: exactly that fault, at its line."""

# ruff: noqa: E501  - a table of edits is read a line each

from __future__ import annotations

import pytest

from accord.errors import MemorandumRefused
from accord.memorandum import Memorandum, check
from accord.memorandum.faults import KINDS
from tests.unit.memorandum.good import CLAUSES, GOOD, edited, vocabulary

ATTESTED = 'response = ["KeysDropped"]\non = "because"'
LAPSING = "[[involvement]]                     # first appearance; most grants go with the event\n"
STANDING = 'agency = "auditor"\nopens = "file"'

# (name, kind of fault, edits, text that stands at the fault's line)
CASES: list[tuple[str, str, list[tuple[str, str]], str]] = [
    ("not TOML", "not-toml", [("[exchange]", "[exchange")], ""),
    ("a key nobody knows", "form", [("beat = ", "heartbeat_ = 1\nbeat = ")], "heartbeat_"),
    ("a section is gone", "form", [("[inquiry]", "[enquiry]")], ""),
    ("a number as text", "form", [("version = 1", 'version = "1"')], "version"),
    ("a length in words", "form", [('grace = "30d"', 'grace = "30 days"')], "grace"),
    ("a promise for at once", "form", [('within = "24h"', 'within = "0h"')], "within"),
    ("an involvement of no length", "form", [('lapses = "1825d"', 'lapses = "0d"')], "lapses"),
    ("to be published in no time", "form", [('publish_within = "24h"', 'publish_within = "0h"')], "publish_within"),
    ("a link that opens", "link-opens", [(LAPSING, '[[involvement]]\nevent = "CaseLinked"\nby = "law_enforcement"\nagency = "probation"\nopens = "file"\nhistory = "all"\nclause = "3.3"\n\n' + LAPSING)], "CaseLinked"),
    ("the end of a link that opens", "link-opens", [('event = ["ReleaseConditionsSet", "SentenceImposed"]', 'event = ["ReleaseConditionsSet", "CaseUnlinked", "SentenceImposed"]'), ('agency = "police"\nopens = ["court", "probation"]', 'agency = "police"\nopens = "file"')], "CaseUnlinked"),
    ("it ends at an event of another file", "never-ends", [('until = ["ProgramEnded"]', 'until = ["IncidentClosed"]')], "until"),
    ("counted, and shown elsewhere", "counted-and-shown", [('clause = "5.6"\npurpose = "charges, pleas, sentences"\n[entitlement.sees]\n', 'clause = "5.6"\npurpose = "charges, pleas, sentences"\n[entitlement.sees]\nArrestMade = ["dual_arrest"]\n')], "dual_arrest"),
    ("a length with a zero before", "form", [('grace = "30d"', 'grace = "030d"')], "grace"),
    ("no such time zone", "form", [("America/Denver", "America/Atlantis")], "timezone"),
    ("a time without offset", "form", [("2019-01-01T00:00:00Z", "2019-01-01T00:00:00")], "valid_from"),
    ("upper-case hex", "form", [('previous = ""', f'previous = "{"A" * 64}"')], "previous"),
    ("a field named twice", "form", [('IncidentClosed = ["incident_outcome"', 'IncidentClosed = ["mandatory_arrest"')], "IncidentClosed"),
    ("inquiries chosen", "form", [("every overdue obligation of each kind; never one chosen", "as we see fit")], "raise"),
    ("a witness stops the work", "form", [('on_failure = "alarm"', 'on_failure = "stop"')], "on_failure"),
    ("two agencies of one name", "duplicate", [('[[agency]]\nslug = "auditor"', '[[agency]]\nslug = "auditor"\nrole = "auditor"\n[[agency]]\nslug = "auditor"')], 'slug = "auditor"'),
    ("no such role", "unknown-role", [('role = ["coordinator", "auditor"]\nclause = "4.7"', 'role = ["coordinator", "auditor", "elders"]\nclause = "4.7"')], '"elders"'),
    ("no such event", "unknown-event", [("EventVoided = []", "EventErased = []")], "EventErased"),
    ("an involvement by no event", "unknown-event", [('event = "WarrantIssued"', 'event = "WarrantDreamt"')], "WarrantDreamt"),
    ("it ends at no event", "unknown-event", [('until = ["ProgramEnded"]', 'until = ["ProgramOver"]')], "ProgramOver"),
    ("no such field", "unknown-field", [('CaseLinked = ["other_event"]', 'CaseLinked = ["other_case"]')], "CaseLinked"),
    ("no such clause", "unknown-clause", [('clause = "9.4"', 'clause = "9.9"')], 'clause = "9.9"'),
    ("no such agency", "unknown-agency", [('agency = "prosecutor"', 'agency = "sheriff"')], "sheriff"),
    ("a field that holds no agency", "unknown-agency", [('agency = "supervised_by"', 'agency = "order_kind"')], "order_kind"),
    ("every event, by a field", "unknown-agency", [('event = "ProtectionOrderIssued"\nby = "court"\nagency = "supervised_by"', 'event = "*"\nby = "court"\nagency = "supervised_by"')], "supervised_by"),
    ("a number's issuer is nobody", "unknown-agency", [("prosecutor = {", "sheriff = {")], "sheriff"),
    ("signs always, and is nobody", "unknown-agency", [('always_signs = ["advocacy"]', 'always_signs = ["advocacy", "elders"]')], "always_signs"),
    ("a role for an agency", "role-for-agency", [('agency = "police"\nopens = ["court", "probation"]', 'agency = "law_enforcement"\nopens = ["court", "probation"]')], 'agency = "law_enforcement"'),
    ("whoever is named", "role-missing", [('agency = "supervised_by"\nrole = "probation"\n', 'agency = "supervised_by"\n')], "supervised_by"),
    ("named by no agency field", "named-field", [('named = "from_agency"', 'named = "referral"')], "named"),
    ("another role's act", "not-its-act", [('["ChargeFiled", ', '["ArrestMade", "ChargeFiled", ')], "prosecution ="),
    ("the programme refers", "not-its-act", [('["ProgramEnrolled", ', '["CaseReferred", "ProgramEnrolled", ')], "reeducation ="),
    ("advocacy publishes", "not-its-act", [('coordinator = ["InquiryRaised"]', 'coordinator = ["InquiryRaised", "ViolationReported"]')], "coordinator ="),
    ("said by operational too", "duplicate", [('["ChargeFiled", ', '["CaseLinked", "ChargeFiled", ')], "prosecution ="),
    ("set off by nobody", "cannot-publish", [('event = "ArrestMade"\nby = "law_enforcement"', 'event = "ArrestMade"\nby = ["law_enforcement", "probation"]')], "by ="),
    ("lets itself in", "lets-itself-in", [('by = "law_enforcement"\nagency = "court"\nopens = "file"\nhistory = "none"\nlapses = "1095d"', 'by = "law_enforcement"\nagency = ["court", "police"]\nopens = "file"\nhistory = "none"\nlapses = "1095d"')], "agency ="),
    ("a referral to advocacy", "let-in-by-name", [('role = "prosecution"\nopens = "file"\nhistory = "all"', 'role = ["prosecution", "coordinator"]\nauthority = "x"\nopens = "file"\nhistory = "all"')], "role ="),
    ("no law lets it in", "authority-missing", [('authority = "Tribal Code § ____"\nclause = "5.7"', 'clause = "5.7"')], "agency"),
    ("advocacy hands over keys", "coordinator-grants", [('granted_by = ["publisher", "court"]', 'granted_by = ["publisher", "coordinator"]')], "granted_by"),
    ("a role that may not open it grants", "cannot-grant", [('opens = ["prosecution", "court"]', 'opens = ["prosecution", "court", "reeducation"]')], "[[involvement]]"),
    ("the field that names is hidden", "cannot-grant", [('"expires_on", "serve_by", "supervised_by"]\nProtectionOrderServed', '"expires_on", "serve_by"]\nProtectionOrderServed')], "supervised_by"),
    ("a right nothing opens", "dead-entitlement", [("SupervisionStarted = [\"ends_on\"]\n", 'SupervisionStarted = ["ends_on"]\nIncidentReported = ["suspect_present"]\n')], "IncidentReported"),
    ("nobody says it", "dead-entitlement", [('"CaseUnlinked", ', "")], "CaseUnlinked = "),
    ("eight audiences", "too-many-audiences", [('CaseReferred = ["to_agency"]', 'CaseReferred = ["to_agency"]\nSentenceImposed = ["supervision_days"]')], ""),
    ("a promise by no field", "unknown-field", [('on = "inquiry"', 'on = "enquiry"')], "enquiry"),
    ("a promise that cites another kind", "obligation-form", [('on = "warrant"\n', 'on = "warrant_number"\n')], "warrant_number"),
    ("never cites the trigger", "obligation-form", [('on = "violation"\n', 'on = "violation"\nor_of = "breach"\n'), ('on = "challenge"', 'on = "to_agency"')], "to_agency"),
    ("never in that file", "obligation-form", [('response = ["ReportAvailable"]\non = "arrest"', 'response = ["IncidentClosed"]\non = "file"')], "on = "),
    ("an attestation by a field", "obligation-form", [(ATTESTED, 'response = ["KeysDropped"]\non = "covers"')], "covers"),
    ("promised in minutes", "obligation-form", [('within = "48h"', 'within = "48m"')], "48m"),
    ("a condition that says nothing", "obligation-form", [('{ field = "rehabilitation", present = true }', '{ field = "rehabilitation" }')], "when"),
    ("a condition on no code", "unknown-code", [('any_of = ["failed_to_appear"]', 'any_of = ["did_not_come"]')], "did_not_come"),
    ("a condition on no field", "unknown-field", [('{ field = "appearance",', '{ field = "demeanour",')], "demeanour"),
    ("a clock that is no date", "unknown-field", [('clock = "community_from"', 'clock = "sanctions"')], "clock"),
    ("nobody's promise", "owner-unclear", [('owner = "execute_by"', 'owner = "warrant_kind"')], "owner"),
    ("two promises of one name", "duplicate", [('id = "first-hearing"', 'id = "arrest-report"')], "arrest-report"),
    ("the owner cannot see", "cannot-compute", [('SentenceImposed = ["sentence_phase", "contact_conditions", "rehabilitation"', 'SentenceImposed = ["sentence_phase", "contact_conditions"')], "trigger"),
    ("advocacy cannot see", "cannot-compute", [('ArrestMade = ["dual_arrest"]', 'ArrestMade = ["dual_arrest", "warrant"]'), ('within = "24h"\nclause = "6.1"', 'when = [{ field = "dual_arrest", any_of = [true] }]\nwithin = "24h"\nclause = "6.1"')], "trigger"),
    ("missing from what nobody sees", "finding-form", [('lacks = ["referral", "arrest"]', 'lacks = ["referral", "statute"]')], "lacks"),
    ("another list", "unknown-list", [("[codes.statute]", "[codes.plea]")], "codes.plea"),
    ("a code for a person", "barred-word", [("[codes.rehabilitation]", '[codes.rehabilitation]\nwife_circle = { meaning = "x", counts_as = "mens_circle" }')], "wife_circle"),
    ("a code that blames", "barred-word", [("[codes.sanction]", '[codes.sanction]\nvictim_uncooperative = { meaning = "x", counts_as = "none" }')], "victim_"),
    ("a sentence for a code", "code-form", [("[codes.sanction]", '[codes.sanction]\n"Go on now" = { meaning = "x", counts_as = "none" }')], "Go on now"),
    ("a code of 41 letters", "code-form", [("[codes.sanction]", f'[codes.sanction]\n{"a" * 41} = {{ meaning = "x", counts_as = "none" }}')], "aaaa"),
    ("a core code again", "duplicate", [("[codes.sanction]", '[codes.sanction]\njail = { meaning = "x", counts_as = "none" }')], "jail ="),
    ("counts as nothing", "unknown-core-code", [("[codes.sanction]", '[codes.sanction]\nbanishment = { meaning = "x" }')], "banishment"),
    ("no citation", "citation-form", [("[codes.statute]", '[codes.statute]\n"see the code" = { meaning = "x" }')], "see the code"),
    ("a number without end", "number-pattern", [("'S[0-9]{4,8}'", "'S[0-9]+'")], "probation ="),
    ("a number open above", "number-pattern", [("'S[0-9]{4,8}'", "'S[0-9]{4,}'")], "probation ="),
    ("a number of any sign", "number-pattern", [("'S[0-9]{4,8}'", "'S.{4,8}'")], "probation ="),
    ("a number that is a word", "number-pattern", [("'S[0-9]{4,8}'", "'[A-Z]{4,8}'")], "probation ="),
    ("a number of 25", "number-pattern", [("'S[0-9]{4,8}'", "'S[0-9]{4,24}'")], "probation ="),
    ("a number in small letters", "number-pattern", [("'S[0-9]{4,8}'", "'s[0-9]{4,8}'")], "probation ="),
    ("a number that may be empty", "number-pattern", [("'S[0-9]{4,8}'", "'(S[0-9]{4,8})?'")], "probation ="),
    ("a number of no kind", "unknown-number-kind", [("supervision = '", "parole = '")], "probation ="),
    ("cells of nine", "suppression", [("minimum = 10 ", "minimum = 9 ")], "minimum"),
    ("rates of two", "suppression", [("rate_minimum = 10", "rate_minimum = 2")], "rate_minimum"),
    ("a cell by subtraction", "suppression", [("complementary = true", "complementary = false")], "complementary"),
    ("a table by subtraction", "suppression", [("register = true", "register = false")], "register"),
    ("two decide for seven", "quorum", [("signatures_needed = 5", "signatures_needed = 2")], "signatures_needed"),
    ("without advocacy", "quorum", [('always_signs = ["advocacy"]', 'always_signs = ["court"]')], "always_signs"),
    ("a witness who is not there", "witness", [("needed = 1", "needed = 3")], "needed"),
    ("it ends before it begins", "times", [("2039-01-01", "2018-01-01")], "valid_until"),
    ("version 2 after nothing", "rollback", [("version = 1", "version = 2")], "previous"),
    ("another vocabulary", "vocabulary-changed", [('vocabulary = ""', f'vocabulary = "{"0" * 64}"')], "vocabulary"),
    ("other words", "clauses-changed", [('clauses = ""', f'clauses = "{"0" * 64}"')], "clauses"),
    ("an agency of no role", "unknown-role", [('slug = "prosecutor"\nrole = "prosecution"', 'slug = "prosecutor"\nrole = "prosecution"\n[[agency]]\nslug = "clinic"\nrole = "treatment"')], "treatment"),
    ("nobody coordinates", "no-coordinator", [('role = "coordinator"\n[[agency]]', 'role = "auditor"\n[[agency]]'), ('authority = "Tribal Code § ____"\nclause = "4.1"', 'authority = "x"\nclause = "4.1"')], ""),
    ("grace in seconds", "times", [('grace = "30d"', 'grace = "30s"')], "grace"),
    ("totals of fewer than a cell", "suppression", [("totals_only_below = 30", "totals_only_below = 5")], "totals_only"),
    ("a role that publishes is none", "unknown-role", [("auditor = []", "elders = []")], "elders"),
    ("it publishes no event", "unknown-event", [('coordinator = ["InquiryRaised"]', 'coordinator = ["InquiryRaised", "Rumour"]')], "coordinator ="),
    ("found missing from no event", "unknown-event", [('event = "ChargeFiled"\nlacks', 'event = "ChargeDreamt"\nlacks')], "ChargeDreamt"),
    ("found missing is no field", "unknown-field", [('lacks = ["referral", "arrest"]', 'lacks = ["referral", "hope"]')], "lacks"),
    ("found missing what advocacy is not shown", "finding-form", [('event = "ChargeFiled"\nlacks = ["referral", "arrest"]', 'event = "ReleaseConditionsSet"\nlacks = ["expires_on"]')], "lacks"),
    ("a promise on no event", "unknown-event", [('trigger = "InquiryRaised"', 'trigger = "InquiryFelt"')], "InquiryFelt"),
    ("a promise on an event nobody says", "obligation-form", [('"LegalHold", "CaseReferred"', '"CaseReferred"'), ('"LegalHold"]\nby = "court"', '"RecordsSealed"]\nby = "court"'), ('LegalHold = ["covers", "hold"]\n', ""), ('"RecordsSealed", "RecordsUnsealed", "RecordsExpunged", "RecordsSealed"]', '"RecordsSealed", "RecordsUnsealed", "RecordsExpunged"]')], "stopped_by"),
    ("of no reference", "unknown-field", [('of = "charge"', 'of = "severity"')], "of ="),
    ("of and or_of", "obligation-form", [('or_of = "arrest"', 'or_of = "arrest"\nof = "arrest"')], "or_of"),
    ("in the file of another publisher", "obligation-form", [('trigger = "SupervisionContact"\nwhen = [{ field = "contact_result", any_of = ["missed_unexcused"] }]\nowner = "probation"\nresponse = ["ViolationReported"]\non = "breach"', 'trigger = "SupervisionContact"\nwhen = [{ field = "contact_result", any_of = ["missed_unexcused"] }]\nowner = "court"\nresponse = ["HearingHeld"]\non = "file"')], "on ="),
    ("a reference to another kind", "obligation-form", [('on = "inquiry"', 'on = ["inquiry"]\nof = "trigger"'), ('owner = "execute_by"\nresponse = ["WarrantEnded"]\non = "warrant"', 'owner = "execute_by"\nresponse = ["ViolationAnswered"]\non = "violation"')], "violation"),
    ("a response without the field", "obligation-form", [('response = ["WarrantIssued"]\non = "hearing"', 'response = ["WarrantIssued", "PleaEntered"]\non = "hearing"')], "on ="),
    ("a condition on what has no codes", "unknown-code", [('{ field = "appearance", any_of = ["failed_to_appear"] }', '{ field = "next_hearing_on", any_of = ["never"] }')], "when"),
    ("an owner that cannot answer", "owner-unclear", [('owner = "answer_from"\nresponse = ["ViolationAnswered"]', 'owner = "answer_from"\nresponse = ["InquiryRaised"]'), ('on = "violation"', 'on = "trigger"')], "trigger"),
    ("the owner cannot open it", "cannot-compute", [('owner = "prosecution"\nresponse = ["CaseReferred"]', 'owner = "probation"\nresponse = ["CaseReferred"]')], "trigger"),
    ("set off by no role", "unknown-role", [('by = "law_enforcement"\nagency = "court"\nopens = "file"\nhistory = "none"\nlapses = "1825d"', 'by = ["law_enforcement", "elders"]\nagency = "court"\nopens = "file"\nhistory = "none"\nlapses = "1825d"')], "elders"),
    ("named with no role", "unknown-role", [('role = ["court", "probation"]', 'role = ["court", "elders"]')], "elders"),
    ("an agency of another role", "unknown-role", [('agency = "prosecutor"\n', 'agency = "prosecutor"\nrole = "court"\n')], "role ="),
    ("opens the files of no role", "unknown-role", [('opens = ["prosecution", "court"]', 'opens = ["prosecution", "file"]')], "opens"),
    ("granted by no role", "unknown-role", [('granted_by = ["publisher", "court"]', 'granted_by = ["publisher", "elders"]')], "granted_by"),
    ("except no class of file", "form", [('except_files = ["incident"]', 'except_files = ["gossip"]')], "except_files"),
    ("who grants may not open the event", "cannot-grant", [('opens = ["court", "probation"]\nhistory = "none"', 'opens = ["court", "probation", "prosecution"]\nhistory = "none"'), ('event = ["ReleaseConditionsSet", "SentenceImposed"]\nby = "court"\nagency = "police"\nopens = ["court", "probation", "prosecution"]', 'event = ["ReleaseConditionsSet", "SentenceImposed", "PleaEntered"]\nby = "court"\nagency = "police"\nopens = ["court", "probation"]')], "[[involvement]]"),
    ("a statute that counts as another", "form", [("[codes.statute]", '[codes.statute]\n"9-13" = { meaning = "x", counts_as = "unspecified" }')], "9-13"),
    ("an id for a person", "barred-word", [('id = "first-hearing"', 'id = "victim-informed"')], "victim-informed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "edits", "at"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_one_edit_is_exactly_that_fault(kind: str, edits: list[tuple[str, str]], at: str) -> None:
    data = edited(*edits)
    faults = check(data, vocabulary(), clauses=CLAUSES).faults
    assert {fault.kind for fault in faults} == {kind}, [str(fault) for fault in faults]
    if at:
        lines = data.decode().splitlines()
        assert any(fault.line and _near(lines, fault.line, at) for fault in faults), [
            str(one) for one in faults
        ]


def _near(lines: list[str], line: int, at: str) -> bool:
    """The text stands on the line itself or, for a rule of several lines, within the ten that follow."""
    return any(at in text for text in lines[line - 1 : line + 9])


BY_ITSELF = [case for case in CASES if case[1] not in ("unknown-clause", "clauses-changed")]


@pytest.mark.parametrize(
    ("kind", "edits"), [one[1:3] for one in BY_ITSELF], ids=[one[0] for one in BY_ITSELF]
)
def test_parse_refuses_what_check_refuses(kind: str, edits: list[tuple[str, str]]) -> None:
    with pytest.raises(MemorandumRefused) as refused:
        Memorandum.parse(edited(*edits), vocabulary())
    assert KINDS[kind][0] in refused.value.message


def test_every_fault_is_listed_at_once() -> None:
    data = edited(
        ("EventVoided = []", "EventErased = []"),
        ("minimum = 10 ", "minimum = 1 "),
        ("needed = 1", "needed = 9"),
    )
    kinds = {fault.kind for fault in check(data, vocabulary()).faults}
    assert kinds == {"unknown-event", "suppression", "witness"}


def test_every_kind_of_fault_says_why_and_what_to_do() -> None:
    for why, advice in KINDS.values():
        assert why
        assert advice.endswith(".")


def test_a_role_of_two_agencies_named_in_an_involvement() -> None:
    two = '[[agency]]\nslug = "second-police"\nrole = "law_enforcement"\n[[agency]]\nslug = "police"'
    data = edited(
        ('[[agency]]\nslug = "police"', two),
        ('agency = "police"\nopens = "file"\nhistory = "none"\nuntil', 'agency = "law_enforcement"\nopens = "file"\nhistory = "none"\nuntil'),
    )  # fmt: skip
    faults = check(data, vocabulary()).faults
    assert {fault.kind for fault in faults} == {
        "role-for-agency",
        "owner-unclear",
    }  # order-served has two owners now
    assert any("held by 2 agencies" in fault.message for fault in faults)


def test_an_enormous_file_is_refused_before_it_is_read() -> None:
    faults = check(GOOD + b"#" * 1_000_000, vocabulary()).faults
    assert [fault.kind for fault in faults] == ["not-toml"]


def test_bytes_that_are_no_text() -> None:
    assert [fault.kind for fault in check(b"\xff\xfe", vocabulary()).faults] == ["not-toml"]


def test_the_model_itself_has_no_fault() -> None:
    report = check(GOOD, vocabulary(), clauses=CLAUSES)
    assert not report.faults
    assert {one.kind for one in report.missing} == {"vocabulary-missing", "clauses-missing", "keys-missing"}
    assert not report.complete


def test_an_involvement_cannot_end_at_an_event_that_nobody_publishes() -> None:
    data = edited(
        ('until = ["ProgramEnded"]', 'until = ["PleaEntered"]'),
        ('"PleaEntered", "ChargeDisposed"', '"ChargeDisposed"'),
    )
    assert "never-ends" in {fault.kind for fault in check(data, vocabulary(), clauses=CLAUSES).faults}
