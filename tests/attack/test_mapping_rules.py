"""Mappings that would carry a person, or an outcome put on one, are refused before a row is read."""

import pytest

from accord.errors import MappingRefused
from tests.unit.gateway.mapping_kit import ARREST, HEAD, mapping


def refused(text: str, saying: str) -> None:
    with pytest.raises(MappingRefused, match=saying):
        mapping(text)


def test_rule_1_a_code_about_a_person_that_is_not_marked():
    refused((HEAD + ARREST).replace('about_a_person = ["Victim Intimidation"]', ""), "rule 1")


def test_rule_2_a_code_fed_only_by_a_code_about_a_person():
    refused((HEAD + ARREST).replace('Obstructing = "obstruction"', ""), "rule 2")


def test_rule_2_two_codes_about_persons_do_not_cover_for_each_other():
    text = (HEAD + ARREST).replace('Obstructing = "obstruction"', '"Witness Absent" = "obstruction"')
    refused(text.replace('["Victim Intimidation"]', '["Victim Intimidation", "Witness Absent"]'), "rule 2")


def test_rule_2_holds_where_such_codes_are_marked_by_hand():
    text = (HEAD + ARREST).replace('Fight = "assault"', 'Z41 = "harassment"')
    mapping(text)
    refused(text.replace('["Victim Intimidation"]', '["Victim Intimidation", "Z41"]'), "rule 2")


ABOUT_HER = [
    "CW No Show",
    "CWNC",
    "CWFTA",
    "C/W declined",
    "VWNP",
    "Vic refused",
    "Vict uncoop",
    "Comp Wit FTA",
    "PROS WIT NOT PRESENT",
    "DV party declined",
    "she dropped it",
    "Refused to Prosecute",
    "EYEWITNESS_GONE",
    "victimrefused",
]


@pytest.mark.parametrize("source", ABOUT_HER)
def test_rules_1_and_2_know_the_usual_short_words(source):
    text = (HEAD + ARREST).replace('Obstructing = "obstruction"', "").replace("Victim Intimidation", source)
    refused(text, "rule 2")
    refused(text.replace(f'about_a_person = ["{source}"]', ""), "rule 1")


@pytest.mark.parametrize("source", ABOUT_HER)
def test_rule_3_knows_them_too(source):
    when = f'when = [{{ column = "class", in = ["{source}"] }}]\n'
    refused((HEAD + ARREST).replace('id = "arrest', when + 'id = "arrest'), "rule 3")


@pytest.mark.parametrize(
    "source",
    [
        "CWOF",
        "CWP violation",
        "Ex Parte",
        "Respondent served",
        "Client absent",
        "Other",
        "Sex Offense",
        "WIP",
    ],
)
def test_codes_of_offices_and_of_the_accused_are_not_taken_for_hers(source):
    mapping((HEAD + ARREST).replace("Fight =", f'"{source}" ='))


def test_rule_2_reads_a_pattern_between_its_signs():
    row = 'about_a_person = ["Victim Intimidation"]\npatterns = [["\\\\bCW\\\\b.*", "harassment"]]'
    refused((HEAD + ARREST).replace('about_a_person = ["Victim Intimidation"]', row), "rule 2")


def test_unspecified_may_take_any_code_about_a_person():
    text = (HEAD + ARREST).replace(
        '"Victim Intimidation" = "obstruction"', '"Victim Intimidation" = "unspecified"'
    )
    mapping(text)


def test_rule_3_an_event_said_only_for_codes_about_a_person():
    when = 'when = [{ column = "class", in = ["Victim Sensitive Interview"] }]\n'
    refused((HEAD + ARREST).replace('id = "arrest', when + 'id = "arrest'), "rule 3")


def test_rule_3_a_field_said_only_for_codes_about_a_person():
    kind = (
        '{ when = [{ column = "class", in = ["Complaining Witness Not in Court"] }], constant = "warrant" }'
    )
    refused((HEAD + ARREST).replace('{ constant = "unspecified" }', kind), "rule 3")


@pytest.mark.parametrize(
    "column",
    [
        "victim_id",
        "VictimID",
        "complainants",
        "home_address",
        "race",
        "judge",
        "dob",
        "witness1",
        "town",
        "vic_no",
        "C_W",
    ],
)
def test_a_barred_column_cannot_be_read_into_a_field(column):
    text = (HEAD + ARREST).replace('arrest_number = "{number}"', f'arrest_number = "{{{column}}}"')
    refused(text, "barred word")


def test_a_barred_column_cannot_be_a_key_either():
    refused((HEAD + ARREST).replace('subject = "{number}"', 'subject = "{victim}"'), "barred word")


def test_a_code_cannot_be_passed_through_from_a_column():
    refused(
        (HEAD + ARREST).replace('{ translate = "offense" }', '{ column = "class" }'),
        "cannot come from column",
    )


def test_an_agency_cannot_come_from_a_column():
    text = HEAD + ARREST.replace("ArrestMade", "CaseReferred").replace(
        'arrest_kind = { constant = "unspecified" }', 'to_agency = { column = "class" }'
    )
    refused(text, "a agency cannot come from column")


def test_a_column_cannot_be_left_out_and_used():
    refused(HEAD + '[left_out]\nclass = "not needed"\n' + ARREST, "is left out and yet read")


@pytest.mark.parametrize("data", [b"\xff\xfe", b"[mapping", b"x = 1", b"#" * (1 << 21)])
def test_what_is_not_a_mapping_is_refused(data):
    from accord.gateway.mapping import Mapping
    from tests.unit.gateway.mapping_kit import vocabulary

    with pytest.raises(MappingRefused):
        Mapping.parse(data, vocabulary())


def test_a_pattern_that_is_no_pattern_is_refused():
    refused(
        (HEAD + ARREST).replace(
            "[translate.offense.rows]", 'patterns = [["(", "assault"]]\n[translate.offense.rows]'
        ),
        "regular expression",
    )


def test_rule_2_holds_for_patterns():
    row = 'about_a_person = ["Victim Intimidation"]\npatterns = [["Victim.*", "harassment"]]'
    refused((HEAD + ARREST).replace('about_a_person = ["Victim Intimidation"]', row), "rule 2")


def test_rule_3_holds_for_patterns():
    when = 'when = [{ column = "class", matches = "(Witness|Victim) .*" }]\n'
    refused((HEAD + ARREST).replace('id = "arrest', when + 'id = "arrest'), "rule 3")
