"""No agency of the county cites what its role could not have seen, or what never was."""

from __future__ import annotations

from typing import Any

from accord.schema import own_vocabulary
from accord.walkthrough import Cite, Step
from tests.unit.walkthrough.involvement import Involvement, settled
from tests.walkthrough_county import agreement, told

ROLES = {agency["slug"]: agency["role"] for agency in agreement()["agency"]}
NUMBER_FIELDS = {
    "ArrestMade": ("arrest_number",),
    "ChargeFiled": ("docket_number", "count"),
    "SentenceImposed": ("docket_number",),
    "ReleaseConditionsSet": ("order_number",),
    "ProtectionOrderIssued": ("order_number",),
    "WarrantIssued": ("warrant_number",),
    "SupervisionStarted": ("supervision_number",),
    "ProgramEnrolled": ("enrollment_number",),
    "ViolationReported": ("violation_number",),
    "CaseReferred": ("case_numbers",),
}
NAMING = ("to_agency", "from_agency", "answer_from")


def steps() -> dict[tuple[str, str], Step]:
    return {(step.submission.source, step.submission.id): step for step in told()}


def entitled(agency: str, cited: Step) -> set[str] | None:
    """The fields of the cited event that this agency's role may see; None if not even the header."""
    found: set[str] | None = set() if ROLES[agency] == "coordinator" else None  # it has every header
    kind, data = cited.submission.type, cited.submission.data
    for rule in agreement()["entitlement"]:
        roles = rule["role"] if isinstance(rule["role"], list) else [rule["role"]]
        if ROLES[agency] not in roles or kind not in rule["sees"]:
            continue
        if "named" in rule and data.get(rule["named"]) != agency:
            continue
        found = (found or set()) | set(rule["sees"][kind])
    return found


def sent_by_gateway(step: Step, cite: Cite, cited: Step) -> bool:
    """A referral that the court's gateway sent with a sentence: it carries the docket's number."""
    named = {cited.submission.data.get(name) for name in ("supervised_by", "program_by")}
    return cite.field == "referral" and cited.submission.type == "SentenceImposed" and step.agency in named


def test_what_is_cited_exists_and_is_of_a_kind_that_the_field_may_point_to() -> None:
    vocabulary, known = own_vocabulary(), steps()
    for step in told():
        for cite in step.cites:
            cited = known[cite.source, cite.id]
            if cite.field == "supersedes" or sent_by_gateway(step, cite, cited):
                continue
            kinds = vocabulary.events[step.submission.type].field(cite.field).spec.kinds
            assert not kinds or cited.submission.type in kinds, (step.submission.type, cite.field)


def test_an_agency_cites_by_number_only_numbers_that_it_may_see() -> None:
    known = steps()
    for step in told():
        for cite in step.cites:
            cited = known[cite.source, cite.id]
            if cite.form == "number" and not sent_by_gateway(step, cite, cited):
                needed = set(NUMBER_FIELDS[cited.submission.type])
                if step.agency != cited.agency:
                    seen = entitled(step.agency, cited) or set()
                    assert needed <= seen, (
                        step.agency,
                        step.submission.type,
                        cite.field,
                        cited.submission.type,
                    )


def test_what_is_cited_from_a_screen_is_on_that_agencys_screen() -> None:
    known = steps()
    for step in told():
        for cite in step.cites:
            if cite.form == "seen":
                cited = known[cite.source, cite.id]
                assert entitled(step.agency, cited) is not None, (
                    step.agency,
                    step.submission.type,
                    cite.field,
                )
                assert cited.at < step.at


def test_a_citation_states_the_number_that_the_cited_event_carries() -> None:
    known = steps()
    for step in told():
        for cite, stated in zip(step.cites, citations(step.submission.data), strict=True):
            cited = known[cite.source, cite.id]
            if cite.form == "number":
                carried = numbers(cited.submission.data)
                assert stated["number"] in carried
                assert stated.get("count", cited.submission.data.get("count")) == cited.submission.data.get(
                    "count"
                )


def citations(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The citations of a hand-in, in the order of its fields."""
    parts = [part for value in data.values() for part in (value if isinstance(value, list) else [value])]
    return [part for part in parts if isinstance(part, dict) and ("id" in part or "number" in part)]


def numbers(data: dict[str, Any]) -> list[dict[str, str]]:
    parts = [part for value in data.values() for part in (value if isinstance(value, list) else [value])]
    return [part for part in parts if isinstance(part, dict) and "issuer" in part]


def test_own_events_are_cited_after_they_were_handed_in() -> None:
    known = steps()
    for step in told():
        for cite in step.cites:
            if cite.form == "own":
                assert cite.source == step.submission.source
                assert known[cite.source, cite.id].at < step.at


def test_some_citations_arrive_before_what_they_cite_and_must_wait() -> None:
    known = steps()
    early = [step for step in told() for cite in step.cites if known[cite.source, cite.id].at > step.at]
    assert 0 < len(early) < len(told()) // 50


def test_a_number_is_given_once() -> None:
    owners: dict[tuple[str, str, str], tuple[str, str]] = {}
    makes = {"ArrestMade", "WarrantIssued", "SupervisionStarted", "ProgramEnrolled", "ViolationReported"}
    for step in told():
        if step.submission.type in makes and "supersedes" not in step.submission.data:
            field = NUMBER_FIELDS[step.submission.type][0]
            number = step.submission.data[field]
            key = (number["kind"], number["issuer"], number["value"])
            assert key not in owners, step.submission.type
            owners[key] = (step.submission.source, step.submission.id)


def test_screen_citations_become_event_ids() -> None:
    for step in told():
        done = step.with_event_ids(lambda source, id_: "ab" * 16)
        for stated in citations(done.data):
            assert stated.get("source") is None
        assert step.submission.id == done.id


def test_whoever_cites_another_agencys_event_is_part_of_its_file() -> None:
    order = settled(told())
    involved = Involvement(order, agreement())
    places = {(step.submission.source, step.submission.id): n for n, step in enumerate(order)}
    for step in order:
        for cite in step.cites:
            n = places[cite.source, cite.id]
            if step.agency not in (order[n].agency, "advocacy"):
                assert involved.admits(step.agency, n), (step.agency, step.submission.type, cite.field)


def test_nothing_is_said_in_a_sealed_file() -> None:
    matter = {id(step): step.submission.id[:5] for step in told()}
    sealed: set[str] = set()
    for step in told():
        spec = own_vocabulary().events[step.submission.type]
        if matter[id(step)] in sealed and not step.submission.subject.startswith("CALL-"):
            assert spec.file_class == "notice", step.submission.type
        if step.submission.type in ("RecordsSealed", "RecordsExpunged"):
            sealed.add(matter[id(step)])
        if step.submission.type == "RecordsUnsealed":
            sealed.discard(matter[id(step)])


# What a number names where the field may point to any kind of event: the instrument it was given to.
INSTRUMENT = {
    "arrest": "ArrestMade",
    "docket": "ChargeFiled",
    "warrant": "WarrantIssued",
    "supervision": "SupervisionStarted",
}


def test_a_number_cited_leads_to_one_event_only() -> None:
    """Among what the citing agency could have opened by then: a gateway never guesses."""
    vocabulary, known = own_vocabulary(), steps()
    carriers: dict[str, list[Step]] = {}
    for step in told():
        for number in numbers(step.submission.data) if "supersedes" not in step.submission.data else ():
            carriers.setdefault(repr(sorted(number.items())), []).append(step)
    for step in told():
        for cite, stated in zip(step.cites, citations(step.submission.data), strict=True):
            cited = known[cite.source, cite.id]
            if cite.form != "number" or sent_by_gateway(step, cite, cited):
                continue
            number = stated["number"]
            kinds = vocabulary.events[step.submission.type].field(cite.field).spec.kinds
            found = [
                other
                for other in carriers[repr(sorted(number.items()))]
                if other.submission.type in (kinds or (INSTRUMENT[number["kind"]],))
                and (other is cited or other.at < step.at)
                and stated.get("count", other.submission.data.get("count"))
                == other.submission.data.get("count")
                and opens_number(step.agency, other)
                and (cite.field != "referral" or other.submission.data["to_agency"] == step.agency)
            ]
            assert found == [cited], (step.submission.type, cite.field)


def opens_number(agency: str, other: Step) -> bool:
    needed = set(NUMBER_FIELDS.get(other.submission.type, ("",)))
    return other.agency == agency or needed <= (entitled(agency, other) or set())
