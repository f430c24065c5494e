"""What other rooms ask a memorandum, on the model and on both examples."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import timedelta

import pytest

from accord import catalog
from accord.domain import OPERATIONAL, ROLES
from accord.memorandum import Memorandum, check
from tests.shared_data import shared
from tests.unit.memorandum.good import GOOD, edited, enrolled, model, vocabulary

NAMES = ("model", "walkthrough", "cook-county")


def example(name: str) -> Memorandum:
    return Memorandum.parse((catalog.examples() / name / "memorandum.toml").read_bytes(), vocabulary())


@pytest.mark.parametrize("name", NAMES)
def test_every_example_passes_beside_its_clauses(name: str) -> None:
    path = catalog.examples() / name / "memorandum.toml"
    report = check(path.read_bytes(), vocabulary(), clauses=path.with_suffix(".md").read_bytes())
    assert report.faults == ()
    assert report.memorandum is not None
    assert report.memorandum.exchange == name
    assert {one.kind for one in report.missing} == {"vocabulary-missing", "clauses-missing", "keys-missing"}


@pytest.mark.parametrize("name", NAMES[1:])
def test_rights_are_the_models_so_that_one_set_of_projections_fits_all(name: str) -> None:
    assert example(name).document.entitlement == model().document.entitlement
    assert example(name).document.publishes == model().document.publishes


@pytest.mark.parametrize("name", NAMES)
def test_dates_cover_the_real_clock_for_years(name: str) -> None:
    memorandum = example(name)
    assert (memorandum.valid_from.year, memorandum.valid_until.year) == (2019, 2039)


@pytest.mark.parametrize("name", NAMES)
def test_whoever_may_report_a_violation_can_number_it(name: str) -> None:
    memorandum = example(name)
    for role in OPERATIONAL:
        for slug in memorandum.roles.get(role, ()):
            assert "violation" in memorandum.numbers[slug]


def test_the_model_is_the_design_with_its_changes_only() -> None:
    design = tomllib.loads(shared("design", "memorandum.toml").read_text())
    ours = tomllib.loads(GOOD.decode())
    for table in ours["numbers"].values():
        table.pop("violation")
    design["numbers"]["probation"].pop("violation")
    for key in ("valid_from", "valid_until", "clauses"):
        ours["exchange"].pop(key, None)
        design["exchange"].pop(key, None)
    assert ours == design


def test_the_version_is_its_exact_bytes() -> None:
    assert model().sha256 == hashlib.sha256(GOOD).digest()
    assert Memorandum.parse(GOOD + b"\n", vocabulary()).sha256 != model().sha256
    assert model().text == GOOD


def test_terms() -> None:
    memorandum = model()
    assert (memorandum.exchange, memorandum.version, memorandum.previous) == ("model", 1, None)
    assert memorandum.timezone.key == "America/Denver"
    assert memorandum.beat == timedelta(seconds=10)
    assert memorandum.publish_within == timedelta(hours=24)
    assert memorandum.grace == timedelta(days=30)
    assert memorandum.agencies["advocacy"].log_key is None
    assert memorandum.agencies["advocacy"].hpke_key is None
    assert memorandum.agencies["advocacy"].keys_at(7) is None
    assert memorandum.roles["coordinator"] == ("advocacy",)


def test_keys_after_enrolment() -> None:
    memorandum = Memorandum.parse(enrolled(), vocabulary())
    for agency in memorandum.agencies.values():
        assert agency.log_key is not None
        assert len(agency.log_key) == 32
        assert agency.hpke_key is not None
        assert len(agency.hpke_key) == 65


def test_operational_is_written_out_for_five_roles() -> None:
    for role in ROLES:
        assert ("CaseLinked" in model().publishes(role)) == (role in OPERATIONAL)
    assert model().publishes("coordinator") == {"InquiryRaised"}
    assert model().publishes("auditor") == frozenset()


def test_publishes_is_what_the_vocabulary_allows_and_all_of_it() -> None:
    for kind, spec in vocabulary().events.items():
        assert {role for role in ROLES if kind in model().publishes(role)} == spec.publishers


def test_involvements_are_one_rule_for_each_slug() -> None:
    sealing = [rule for rule in model().involvements if "RecordsSealed" in rule.kinds]
    assert [rule.slug for rule in sealing] == ["police", "prosecutor", "probation", "reeducation"]
    assert [rule.number for rule in model().involvements] == list(range(len(model().involvements)))


def test_rules_that_an_event_sets_off() -> None:
    memorandum = model()
    values = {"to_agency": "prosecutor"}
    rules = memorandum.rules_for("CaseReferred", "law_enforcement")
    let_in = [rule.agency(values, memorandum.agencies) for rule in rules]
    assert [slug for slug in let_in if slug] == ["advocacy", "auditor", "prosecutor"]
    assert [rule.agency({"to_agency": "nobody"}, memorandum.agencies) for rule in rules if rule.names] == [
        None,
        None,
    ]
    assert [rule.agency({}, memorandum.agencies) for rule in rules if rule.names] == [None, None]
    (standing, audit) = memorandum.rules_for("IncidentReported", "law_enforcement")
    assert standing.opens == ()
    assert audit.except_files == {"incident"}


def test_a_rule_keeps_its_terms() -> None:
    rules = model().rules_for("CaseReferred", "court")
    (rule,) = [one for one in rules if one.roles == {"reeducation"}]
    assert rule.opens == ("court", "probation")
    assert (rule.history, rule.until, rule.lapses) == ("all", {"ProgramEnded"}, timedelta(days=1095))
    assert rule.granted_by == ("publisher", "court")
    assert rule.authority == "Tribal Code § ____"
    assert rule.clause == "3.3"


def test_numbers_are_compiled() -> None:
    assert model().numbers["probation"]["supervision"].fullmatch("S1234")
    assert not model().numbers["probation"]["supervision"].fullmatch("S123")


def test_numbers_of_the_cook_county_tables_fit() -> None:
    numbers = example("cook-county").numbers
    for slug, kind in (("police", "arrest"), ("prosecutor", "prosecution"), ("court", "docket")):
        for value in ("1234567890123", "CC-123456789012", "D-1234567890123-12"):
            assert numbers[slug][kind].fullmatch(value)


def test_local_codes_and_obligation_ids() -> None:
    memorandum = example("walkthrough")
    code = memorandum.codes["rehabilitation"]["canoe_family"]
    assert code.counts_as == "cultural_reeducation"
    assert memorandum.local_codes["rehabilitation"] == {"canoe_family"}
    assert memorandum.local_codes["obligation"] == {one.id for one in memorandum.obligations}
    assert model().local_codes["rehabilitation"] == frozenset()


def test_a_length_of_time_keeps_how_it_was_written() -> None:
    lengths = {one.id: one.within for one in model().obligations}
    assert (lengths["arrest-report"].count, lengths["arrest-report"].unit) == (24, "h")
    assert str(lengths["sentenced"]) == "45d"
    assert lengths["sentenced"].timedelta == timedelta(days=45)


def test_roles_nobody_holds_may_stay_in_rights() -> None:
    memorandum = example("cook-county")
    assert "probation" not in memorandum.roles
    assert memorandum.entitled("probation", "SentenceImposed")


def test_every_clause_of_the_words_is_numbered_once() -> None:
    for name in NAMES:
        words = (catalog.examples() / name / "memorandum.md").read_text()
        numbers = re.findall(r"^([1-9][0-9]?\.[1-9][0-9]?)\s", words, re.MULTILINE)
        assert len(numbers) == len(set(numbers)) > 60


def test_two_agencies_of_one_role_are_let_in_each_by_name() -> None:
    data = edited(
        (
            '[[agency]]\nslug = "police"',
            '[[agency]]\nslug = "sheriff"\nrole = "law_enforcement"\n[[agency]]\nslug = "police"',
        ),
        (
            'agency = "police"\nopens = "file"\nhistory = "none"\nlapses',
            'agency = ["police", "sheriff"]\nopens = "file"\nhistory = "none"\nlapses',
        ),
        ('owner = "law_enforcement"', 'owner = "serve_by"'),
        ("ProtectionOrderIssued = []", 'ProtectionOrderIssued = ["serve_by"]'),
    )
    memorandum = Memorandum.parse(data, vocabulary())
    assert memorandum.roles["law_enforcement"] == ("sheriff", "police")
    rules = memorandum.rules_for("WarrantIssued", "court")
    assert [rule.slug for rule in rules if rule.slug] == ["advocacy", "auditor", "police", "sheriff"]
