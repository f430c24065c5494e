"""A survivor, a person, a place or free text under another word: each refused, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.schema import own_vocabulary
from tests.unit.schema.sandbox import Sandbox

NEVER = [
    "name",
    "victim",
    "survivor",
    "witness",
    "complainant",
    "petitioner",
    "woman",
    "wife",
    "husband",
    "child",
    "minor",
    "parent",
    "mother",
    "relation",
    "spouse",
    "partner",
    "address",
    "location",
    "residence",
    "home",
    "phone",
    "birth",
    "race",
    "sex",
    "gender",
    "uncooperative",
    "recanted",
    "note",
    "text",
    "comment",
    "narrative",
    "reason_text",
]

DISGUISES = [
    "notes",
    "remarks",
    "dv_party",
    "memo",
    "remark",
    "description",
    "details",
    "other_text",
    "free",
    "initials",
    "dob",
    "ssn",
    "alias",
    "nickname",
    "email",
    "contact_info",
    "kin",
    "sibling",
    "household",
    "accuser",
    "caller",
    "reporter",
    "injured_party",
    "party",
    "person",
    "victims",
    "witnesses",
    "children",
    "wives",
    "women",
    "addresses",
    "parties",
    "family_members",
    "eyewitness",
    "victimization",
    "survivor_id",
    "v1ctim",
    "w1tness",
    "n0te",
    "dvParty",
    "VictimName",
    "victimname",
    "victim_name",
    "ex_partner",
    "home_address",
    "homeaddress",
    "freetext",
    "free_form",
    "full_name",
    "first_name",
    "lastname",
    "surname",
    "date_of_birth",
    "birthday",
    "date_of_birth_year",
    "zip_code",
    "gps_lat",
    "street_name",
    "school_name",
    "workplace",
    "protected_person",
    "protected_party",
    "restrained_and_protected_persons",
    "other_party",
    "second_party",
    "girlfriend",
    "co_parent",
    "reporting_party",
    "rp_phone",
    "cell_number",
    "mobile",
    "telephone",
    "url",
    "image_url",
    "photo",
    "attachment",
    "payload",
    "raw_json",
    "blob",
    "comments_field",
    "officer_comments",
    "statement",
    "summary",
    "transcript",
    "story",
    "misc",
    "message",
    "msg",
    "txt",
    "body_text",
    "next_of_kin",
    "family_member",
    "roommate",
    "neighbor",
    "dependents",
    "pregnancy",
    "pregnant",
    "ethnicity",
    "nationality",
    "religion",
    "employer",
    "victim_uncooperative",
    "witness_recanted",
    "refused_to_prosecute",
    "declined_to_testify",
    "reason_texts",
    "title",
    "signature_image",
    "tattoo",
    "plate_number",
    "passport_number",
    "her_wish",
    "she_agreed",
    "complaining_w",
    "vctm",
    "harmed",
    "aggrieved",
    "mom",
    "dad",
    "ex",
    "other_side",
    "judge",
    "officer",
    "esposa",
    "esposo",
    "testigo",
    "nombre",
    "victimas",
    "hijos",
    "uncoop",
]

LEGITIMATE = [
    "contact_conditions",
    "contact_kind",
    "contact_result",
    "supervised_by",
    "program_by",
    "no_contact",
    "no_third_party",
    "third_party_contact",
    "personal",
    "released_from_custody",
    "stood_mute",
    "record_check",
    "not_identified",
    "see_order",
    "other_condition",
    "other_event",
    "other_agency",
    "report_written",
    "suspect_present",
    "sexual_assault",
    "unlawful_restraint",
    "batterers_reeducation",
    "elder_mentorship",
    "mens_circle",
    "no_position_of_trust",
    "repair_of_harm",
    "language_camp",
    "other_prosecutor",
    "other_offense",
    "repair_of_harm",
    "canoe_family",
]


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(tmp_path)


@pytest.mark.parametrize("name", NEVER + DISGUISES)
def test_every_disguise_has_a_barred_word(name: str) -> None:
    assert own_vocabulary().barred_word(name) is not None


@pytest.mark.parametrize("name", LEGITIMATE)
def test_legitimate_names_pass(name: str) -> None:
    assert own_vocabulary().barred_word(name) is None


def test_no_name_of_the_vocabulary_is_barred_by_accident() -> None:
    vocabulary = own_vocabulary()
    names = [*vocabulary.fields, *vocabulary.lists, *vocabulary.events, *vocabulary.header]
    names += [code for one in vocabulary.lists.values() for code in one.codes]
    assert [name for name in names if vocabulary.barred_word(name)] == []


@pytest.mark.parametrize(
    "name", ["notes", "remarks", "dv_party", "victim_age", "witness_count", "home_address"]
)
def test_a_field_of_free_text(sandbox: Sandbox, name: str) -> None:
    sandbox.add("ArrestMade", name, "string")
    said = sandbox.reasons(name, "events/ArrestMade.avsc")
    assert any("barred word" in reason for reason in said)
    assert any("unconstrained string is free text" in reason for reason in said)
    assert any("is not registered" in reason for reason in said)


@pytest.mark.parametrize("name", ["notes", "dv_party", "survivor_present", "kin", "contact_info"])
def test_a_registered_field_under_a_disguise(sandbox: Sandbox, name: str) -> None:
    """Registering it does not help: the register is checked by the same words."""
    sandbox.append(f'[fields.{name}]\ntype = "bool"\nniem = "-"\nmeaning = "harmless"\n')
    sandbox.add("ArrestMade", name, "boolean")
    assert any("barred word" in reason for reason in sandbox.reasons(f"fields.{name}", "register.toml"))
    assert any("barred word" in reason for reason in sandbox.reasons(name, "events/ArrestMade.avsc"))


@pytest.mark.parametrize(
    "code", ["victim_uncooperative", "witness_recanted", "no_wife", "child_present", "kin_asked"]
)
def test_a_code_that_points_at_a_person(sandbox: Sandbox, code: str) -> None:
    sandbox.register(
        'codes.died = "the accused died"', f'codes.died = "the accused died"\ncodes.{code} = "x"'
    )
    assert any("barred word" in r for r in sandbox.reasons(f"lists.dismissal_reason.codes.{code}"))


def test_a_code_hidden_in_an_enum_of_the_schema_alone(sandbox: Sandbox) -> None:
    schema, field = sandbox.field("ChargeDisposed", "dismissal_reason")
    field["type"][1]["symbols"].append("victim_absent")
    sandbox.write("ChargeDisposed", schema)
    assert any("victim_absent has the barred word" in r for f in sandbox.faults() for r in [f.reason])


TEXT = [
    "string",
    "bytes",
    ["null", "string"],
    {"type": "string"},
    {"type": "string", "logicalType": "uuid"},
    {"type": "string", "logicalType": "text"},
    {"type": "map", "values": "int"},
    {"type": "map", "values": "string"},
    {"type": "array", "items": "string"},
    {"type": "array", "items": {"type": "array", "items": "bytes"}},
    {"type": "record", "name": "Extra", "fields": [{"name": "inner", "type": "string"}]},
    ["null", {"type": "record", "name": "Extra", "fields": [{"name": "inner", "type": ["null", "bytes"]}]}],
    {"type": "bytes", "logicalType": "decimal", "precision": 4},
]


@pytest.mark.parametrize("avro", TEXT, ids=str)
def test_a_type_that_could_hold_text(sandbox: Sandbox, avro: object) -> None:
    """Even under a registered, innocent name."""
    sandbox.change("ArrestMade", "warrant", type=avro)
    said = sandbox.reasons("warrant", "events/ArrestMade.avsc")
    assert any("free text" in reason or "hold anything" in reason for reason in said)
    assert any("is registered as event" in reason for reason in said)


@pytest.mark.parametrize("kind", ["string", "text", "bytes", "map", "any", "json", "", 5])
def test_a_register_entry_that_would_let_text_in(sandbox: Sandbox, kind: object) -> None:
    shown = f'"{kind}"' if isinstance(kind, str) else str(kind)
    sandbox.append(f'[fields.outcome_of_call]\ntype = {shown}\nniem = "-"\nmeaning = "harmless"\n')
    assert any("free text" in reason for reason in sandbox.reasons("fields.outcome_of_call"))


def test_a_barred_word_let_through_by_shortening_the_list(sandbox: Sandbox) -> None:
    sandbox.register('"recanted", "note", "text",', '"recanted", "text",')
    assert any("was taken out" in reason for reason in sandbox.reasons("barred.never"))


def test_an_event_about_a_person(sandbox: Sandbox) -> None:
    sandbox.write("VictimContacted", {**sandbox.event("PleaEntered"), "name": "VictimContacted"})
    assert any("barred word" in fault.reason for fault in sandbox.faults() if "VictimContacted" in fault.file)


def test_a_schema_swapped_without_touching_the_register(sandbox: Sandbox) -> None:
    sandbox.change("ArrestMade", "warrant", doc="another meaning")
    assert any("not the version that the register pins" in f.reason for f in sandbox.faults())
