"""What a mapping does with rows: fields, codes, times, groups, checks, earlier events, and the account."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from accord.errors import IntakeRefused, MappingRefused
from accord.gateway.mapping import Nothing
from accord.gateway.submission import Group
from accord.gateway.tables import Refusal, Selection
from tests.unit.gateway.mapping_kit import ARREST, HEAD, ROWS, data, mapping, one, outcomes, reading

ROW = "number,class,arrested\n12345678,{},{}\n"


def test_a_row_becomes_an_event_with_its_keys_from_columns():
    group, _ = outcomes()
    (made,) = group.submissions
    assert (made.source, made.id, made.type, made.subject, made.row) == (
        "town/arrests",
        "arrest/12345678",
        "ArrestMade",
        "12345678",
        1,
    )
    assert made.data == {
        "occurred_on": "2019-03-01",
        "occurred_at": "2019-03-01T16:00:00Z",
        "arrest_number": "12345678",
        "arrest_kind": "unspecified",
        "offenses": ["assault"],
    }
    assert group.rows == (1,)
    assert group.original == (("12345678", "Battery", "2019-03-01T10:00:00"),)


def test_the_local_date_is_kept_where_the_utc_date_differs():
    _, group = outcomes()
    assert group.submissions[0].data["occurred_on"] == "2019-07-01"
    assert group.submissions[0].data["occurred_at"] == "2019-07-02T04:30:00Z"


def test_a_source_code_without_a_row_becomes_unspecified_counted_and_shown():
    read = reading(ROW.format("Mayhem", "2019-03-01T10:00:00"))
    (group,) = read
    assert group.submissions[0].data["offenses"] == ["unspecified"]
    assert read.report.as_json()["unspecified"] == {"offense": {"Mayhem": 1}}


def test_a_required_code_that_is_not_stated_is_unspecified_and_not_counted_as_unknown():
    read = reading(ROW.format("", "2019-03-01T10:00:00"))
    (group,) = read
    assert group.submissions[0].data["offenses"] == ["unspecified"]
    assert read.report.as_json()["unspecified"] == {}


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2019-03-10T02:30:00", "is a local time that the clocks skipped"),
        ("2019-11-03T01:30:00", "is a local time that the clocks showed twice"),
        ("2019-03-01", "has a date and no time of day"),
        ("2109-04-11T10:00:00", "is more than a day ahead"),
        ("01.03.2019", "is not a date written as iso"),
        ("2019-02-30T10:00:00", "is not a date written as iso"),
        ("", "is not stated, and is required"),
    ],
)
def test_a_time_that_cannot_be_placed_is_refused_by_column_and_reason(cell, reason):
    refusal = one(ROW.format("Fight", cell))
    assert isinstance(refusal, Refusal)
    assert (refusal.row, refusal.column, refusal.reason) == (1, "arrested", reason)


@pytest.mark.parametrize(("fold", "hour"), [("first", "06"), ("second", "07")])
def test_a_time_shown_twice_is_placed_by_the_rule_of_the_mapping(fold, hour):
    text = HEAD + f'fold = "{fold}"\n' + ARREST
    assert (
        data(ROW.format("Fight", "2019-11-03T01:30:00"), text)["occurred_at"] == f"2019-11-03T{hour}:30:00Z"
    )


def test_a_time_with_its_own_offset_is_taken_at_its_word():
    made = data(ROW.format("Fight", "2019-03-01T10:00:00+02:00"))
    assert made["occurred_at"] == "2019-03-01T08:00:00Z"


def test_other_date_formats_are_read_as_written():
    text = HEAD + 'dates = "%m/%d/%Y %H:%M"\ntimes = "%m/%d/%Y %H:%M"\n' + ARREST
    made = data(ROW.format("Fight", "03/01/2019 10:00"), text)
    assert made["occurred_on"] == "2019-03-01"
    assert made["occurred_at"] == "2019-03-01T16:00:00Z"


def test_the_end_of_the_record_bounds_what_can_have_happened():
    text = HEAD + "record_ends = 2019-03-01\n" + ARREST
    assert isinstance(one(ROW.format("Fight", "2019-03-02T10:00:00"), text), Group)
    assert one(ROW.format("Fight", "2019-03-04T10:00:00"), text).reason == "is more than a day ahead"


def test_the_same_row_twice_is_one_and_a_changed_row_with_the_same_id_is_refused():
    rows = ROWS + "12345678,Battery,2019-03-01T10:00:00\n12345678,Obstructing,2019-03-01T10:00:00\n"
    read = reading(rows)
    _, _, again, other = read
    assert isinstance(again, Nothing)
    assert isinstance(other, Refusal)
    assert (other.row, other.column) == (4, "(id)")
    assert read.report.rows == 4 == read.report.taken + 1 + 1


def test_rows_that_say_nothing_say_why():
    text = HEAD + '[[nothing]]\nwhen = [{ column = "class", in = ["Fight"] }]\nwhy = "a fight"\n' + ARREST
    assert outcomes(ROWS, text)[1] == Nothing(2, "a fight")


def test_a_selection_keeps_the_first_cases_and_counts_the_rest():
    import io

    chosen = Selection.first(io.BytesIO(ROWS.encode()), "number", 1)
    read = reading(ROWS, selection=chosen)
    assert len(list(read)) == 1
    assert (read.report.rows, read.report.not_selected) == (2, 1)


def test_a_group_refused_later_is_counted_as_refused():
    read = reading()
    first, second = read
    assert [r.row for r in read.refuse(second, "offenses", "is refused by the gateway")] == [2]
    report = read.report.as_json()
    assert (report["taken"], report["events"], report["refused"]) == (
        1,
        {"ArrestMade": 1},
        {"offenses: is refused by the gateway": 1},
    )
    assert first.rows == (1,)


# ---- several events from one row ----

TWO = (
    ARREST
    + """
[[event]]
type = "CaseReferred"
id = "referral/{number}"
when = [{ column = "class", not_in = ["Fight"] }]
on = { column = "arrested" }

[event.fields]
to_agency = { constant = "prosecutor" }
purpose = { constant = "charging_decision" }
case_numbers = { numbers = [{ kind = "arrest", issuer = "police", value = "{number}" }] }
arrest = { reference = { id = "arrest/{number}" } }
"""
)


def test_a_row_makes_the_events_whose_conditions_hold_together():
    both, single = outcomes(ROWS, HEAD + TWO)
    assert [one.type for one in both.submissions] == ["ArrestMade", "CaseReferred"]
    assert both.submissions[1].data["arrest"] == {"id": "arrest/12345678"}
    assert both.submissions[1].data["case_numbers"] == [
        {"kind": "arrest", "issuer": "police", "value": "12345678"}
    ]
    assert [one.type for one in single.submissions] == ["ArrestMade"]


def test_one_event_that_cannot_be_made_refuses_the_whole_row():
    broken = TWO.replace(
        'purpose = { constant = "charging_decision" }', 'purpose = { translate = "why" }'
    ).replace("case_numbers = {", 'occurred_at = { column = "later" }\ncase_numbers = {')
    text = HEAD + '[translate.why]\nlist = "purpose"\nfrom = "class"\n' + broken
    refusal = one("number,class,arrested,later\n12345678,Battery,2019-03-01T10:00:00,soon\n", text)
    assert isinstance(refusal, Refusal)
    assert (refusal.column, refusal.reason) == ("later", "is not a time written as iso")


# ---- groups ----

HEARINGS = """
[mapping]
name = "hearings"
about = "hearings"
timezone = "America/Chicago"
source = "clerk"
subject = "{docket}"
group = ["docket", "day"]

[[event]]
type = "HearingHeld"
id = "hearing/{docket}/{day}"
on = { column = "day" }

[event.fields]
hearing_kind = { constant = "trial" }
appearance = { constant = "present" }
hearing_outcome = { constant = "completed" }
next_hearing_on = { column = "next" }
charges = { reference = { number = "{docket}", kind = "docket", issuer = "court", count = "{count}" } }
"""


def hearings(*rows: str) -> str:
    return "docket,day,count,next\n" + "".join(row + "\n" for row in rows)


def counts(group: Group) -> list[int]:
    return [charge["count"] for charge in group.submissions[0].data["charges"]]


def test_rows_of_one_hearing_are_one_event_whatever_their_order():
    made = outcomes(
        hearings("CR-1,2019-01-02,2,", "CR-2,2019-01-02,1,", "CR-1,2019-01-02,1,", "CR-1,2019-01-02,2,"),
        HEARINGS,
    )
    assert [(group.rows, counts(group)) for group in made] == [((1, 3, 4), [1, 2]), ((2,), [1])]


def test_one_bad_row_refuses_its_group_and_no_other():
    made = outcomes(hearings("CR-1,2019-01-02,1,", "CR-2,2019-01-02,1,", "CR-1,2019-01-02,x,"), HEARINGS)
    refused = [o for o in made if isinstance(o, Refusal)]
    assert [(r.row, r.column) for r in refused] == [(1, "count"), (3, "count")]
    assert [o.rows for o in made if isinstance(o, Group)] == [(2,)]


def test_an_optional_field_on_which_rows_differ_is_not_stated_and_counted():
    read = reading(hearings("CR-1,2019-01-02,1,2019-02-01", "CR-1,2019-01-02,2,2019-03-01"), HEARINGS)
    (group,) = read
    assert "next_hearing_on" not in group.submissions[0].data
    assert read.report.as_json()["differing"] == {"HearingHeld.next_hearing_on": 1}


def test_the_largest_is_taken_where_the_mapping_says_so():
    text = HEARINGS.replace('{ column = "next" }', '{ column = "next", combine = "largest" }')
    made = data(hearings("CR-1,2019-01-02,1,2019-02-01", "CR-1,2019-01-02,2,2019-03-01"), text)
    assert made["next_hearing_on"] == "2019-03-01"


def test_a_row_without_its_group_key_is_refused():
    refusal = one(hearings("CR-1,,1,"), HEARINGS)
    assert (refusal.row, refusal.column) == (1, "day")


# ---- earlier and previous ----

CHANGES = """
[mapping]
name = "changes"
about = "versions of a count"
timezone = "America/Chicago"
source = "das"
subject = "{matter}"
group = ["matter", "count"]
order = ["version"]

[translate.severity]
list = "severity"
from = "class"
rows = { F = "felony", M = "misdemeanor" }

[[event]]
type = "ChargeAmended"
each = "row"
later_only = true
id = "amended/{matter}/{count}/{version}"
on = { column = "day" }

[event.fields]
charge = { reference = { id = "charge/{matter}/{count}" } }
old_statute = { column = "statute", previous = true }
old_severity = { translate = "severity", previous = true }
statute = { column = "statute" }
offense = { constant = "assault" }
severity = { translate = "severity" }
dv_designated = { constant = true }
amendment_reason = { constant = "unspecified" }
"""


def test_a_later_version_of_a_count_looks_at_the_row_before_it():
    rows = "matter,count,version,class,statute,day\nP1,1,b,M,12-3,2019-02-02\nP1,1,a,F,12-3.2,2019-01-02\n"
    made = data(rows, CHANGES)
    assert (made["old_statute"], made["statute"]) == ("12-3.2", "12-3")
    assert (made["old_severity"], made["severity"]) == ("felony", "misdemeanor")
    assert made["charge"] == {"id": "charge/P1/1"}


EARLIER = (
    CHANGES.replace('group = ["matter", "count"]\norder = ["version"]\n', "")
    .replace('each = "row"\nlater_only = true\n', "")
    .replace(
        'id = "amended/{matter}/{count}/{version}"',
        """id = "amended/{matter}/{count}/{version}"
earlier = { id = "charge/{matter}/{count}", type = "ChargeFiled", missing = "never filed" }
only_if_changed = { statute = "statute" }
unchanged = "as filed"
""",
    )
    .replace('{ column = "statute", previous = true }', '{ earlier = "statute" }')
    .replace('{ translate = "severity", previous = true }', '{ earlier = "severity" }')
)
CHANGE = "matter,count,version,class,statute,day\nP1,1,b,M,12-3,2019-02-02\n"


@pytest.mark.parametrize(
    ("found", "outcome"),
    [(None, "never filed"), ({"statute": "12-3", "severity": "felony"}, "as filed")],
)
def test_without_an_earlier_event_or_a_change_there_is_nothing_to_say(found, outcome):
    assert one(CHANGE, EARLIER, own=lambda source, key: found) == Nothing(1, outcome)


def test_an_earlier_event_is_looked_up_by_its_idempotency_key():
    asked = []

    def own(source, key):
        asked.append((source, key))
        return {"statute": "12-3.2", "severity": "felony"}

    made = data(CHANGE, EARLIER, own=own)
    assert asked == [("das", "charge/P1/1")]
    assert (made["old_statute"], made["old_severity"]) == ("12-3.2", "felony")


def test_without_a_home_to_look_in_the_row_is_refused():
    assert "none can be looked up" in one(CHANGE, EARLIER).reason


# ---- checks ----


def checked(action: str) -> str:
    return HEAD + (
        f'[[check]]\nwhy = "out of order"\naction = "{action}"\nsequence = ["arrested", "sentenced"]\n'
        f'[[check]]\nwhy = "too old"\naction = "flag"\ncolumn = "age"\nat_most = 110\n'
        '[left_out]\nage = "about a person"\n' + ARREST
    )


CHECKED = "number,class,arrested,sentenced,age\n12345678,Fight,2019-03-02T10:00:00,2019-03-01,137\n"


def test_a_failed_check_flags():
    read = reading(CHECKED, checked("flag"))
    (group,) = read
    assert group.flags == ("out of order", "too old")
    assert read.report.as_json()["flags"] == {"out of order": 1, "too old": 1}


def test_a_failed_check_refuses_where_the_mapping_says_so():
    refusal = one(CHECKED, checked("refuse"))
    assert (refusal.column, refusal.reason) == ("arrested, sentenced", "out of order")


# ---- loading ----


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('"America/Chicago"', '"Chicago"'), "mapping.timezone"),
        (('type = "ArrestMade"', 'type = "ArrestFaked"'), "is not an event of the vocabulary"),
        (("arrest_number =", "arrest_no ="), "is not a field of this event"),
        (('arrest_number = "{number}"\n', ""), "arrest_number: is required and missing"),
        (('Battery = "assault"', 'Battery = "assalt"'), None),
        (('list = "offense"', 'list = "offence"'), "there is no list offence"),
        (('{ constant = "unspecified" }', '{ column = "class" }'), "cannot come from column"),
        (('"{number}"\narrest_kind', '"{number"\narrest_kind'), "is not a template"),
        (('id = "arrest/{number}"', 'id = "arrest"'), "names no column"),
        (('name = "small"', 'name = "small"\nnmae = "x"'), "mapping.nmae"),
        (('{ column = "arrested" }\n\n', '{ column = "arrested", template = "x" }\n\n'), "exactly one of"),
        (('translate = "offense"', 'translate = "offence"'), "there is no translation offence"),
    ],
)
def test_a_fault_of_the_file_is_named_with_its_key(change, fault):
    text = (HEAD + ARREST).replace(*change)
    assert text != HEAD + ARREST
    if fault is None:  # the offence list may hold local codes, which the memorandum decides
        mapping(text)
        return
    with pytest.raises(MappingRefused, match=fault):
        mapping(text)


def test_all_faults_are_listed_at_once():
    with pytest.raises(MappingRefused, match=r"2 fault\(s\)"):
        mapping((HEAD + ARREST).replace("arrest_number =", "arrest_no ="))


def test_a_column_that_the_mapping_does_not_speak_of_is_refused():
    with pytest.raises(IntakeRefused, match="does not speak of these columns: shoe_size"):
        reading("number,class,arrested,shoe_size\n")


def test_columns_that_are_missing_are_named():
    with pytest.raises(IntakeRefused, match="lacks columns that the mapping reads: arrested, class"):
        reading("number\n")


def test_the_record_cannot_be_ahead_of_now():
    text = HEAD + "record_ends = 2030-01-01\n" + ARREST
    late = dt.datetime(2019, 3, 1, 12, tzinfo=dt.UTC)
    assert (
        one(ROW.format("Fight", "2019-03-05T10:00:00"), text, now=late).reason == "is more than a day ahead"
    )


# ---- lengths ----

LENGTHS = """
[mapping]
name = "sentences"
about = "sentences"
timezone = "America/Chicago"
source = "clerk"
subject = "{docket}"

[[event]]
type = "SentenceImposed"
id = "sentence/{docket}"
on = { column = "day" }

[event.fields]
docket_number = "{docket}"
sentence_phase = { constant = "original" }
charges = { reference = { number = "{docket}", kind = "docket", issuer = "court", count = "{count}" } }
sanctions = { constant = ["jail"] }
confinement_days = { days = { column = "term", unit = "unit", units = { Years = 365, Days = 1 } } }


[event.fields.community_from.after]
column = "day"
days = { column = "term", unit = "unit", units = { Years = 365, Days = 1 } }
"""
SENTENCE = "docket,day,count,term,unit\nCR-1,2019-01-01,1,{},{}\n"


@pytest.mark.parametrize(
    ("term", "unit", "days", "free"),
    [
        ("10", "Days", 10, "2019-01-11"),
        ("1.5", "Years", 547, "2020-07-01"),
        ("0", "Years", 0, "2019-01-01"),
        ("100", "Years", 36_500, "2118-12-08"),
        ("1", "Term", None, "2019-01-01"),
        ("", "", None, "2019-01-01"),
    ],
)
def test_a_length_is_days_rounded_down_and_an_unknown_unit_is_not_stated(term, unit, days, free):
    made = data(SENTENCE.format(term, unit), LENGTHS)
    assert (made.get("confinement_days"), made["community_from"]) == (days, free)


@pytest.mark.parametrize("term", ["-1", "101", "1e9", "NaN", "two", "1e999999999", "1,5"])
def test_a_length_that_is_none_is_refused(term):
    assert one(SENTENCE.format(f'"{term}"', "Years"), LENGTHS).column == "term"


def test_a_constant_outside_its_list_is_a_fault():
    with pytest.raises(MappingRefused, match="not in the list sentence_phase"):
        mapping(LENGTHS.replace('"original"', '"orignal"'))


DENVER = ZoneInfo("America/Denver")  # an hour behind the mapping's own


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2019-03-02T00:30:00", "2019-03-01"),
        ("2019-03-02T01:00:00", "2019-03-02"),
        ("2019-03-02T05:30:00Z", "2019-03-01"),
        ("2019-03-02T06:30:00Z", "2019-03-01"),
        ("2019-03-02T07:00:00Z", "2019-03-02"),
    ],
)
def test_a_mapping_with_a_zone_of_its_own_dates_an_act_by_the_exchanges_clocks(cell, day):
    made = data(ROW.format("Fight", cell), zone=DENVER)
    assert made["occurred_on"] == day
    moment = dt.datetime.fromisoformat(made["occurred_at"])
    assert moment.astimezone(DENVER).date().isoformat() == day


def test_without_a_moment_the_date_is_taken_at_its_word():
    fields = """to_agency = { constant = "prosecutor" }
purpose = { constant = "charging_decision" }
case_numbers = { numbers = [{ kind = "arrest", issuer = "police", value = "{number}" }] }
"""
    head = (
        '[[event]]\ntype = "CaseReferred"\nid = "r/{number}"\non = { column = "arrested" }\n[event.fields]\n'
    )
    text = HEAD + '[left_out]\nclass = "not needed"\n' + head + fields
    assert data(ROW.format("Fight", "2019-03-02T00:30:00"), text, zone=DENVER)["occurred_on"] == "2019-03-02"


def test_a_day_that_contradicts_its_moment_is_left_for_the_gateway_to_refuse():
    text = (HEAD + ARREST).replace('on = { column = "arrested" }', 'on = { template = "2019-02-{class}" }')
    text = text.replace('Fight = "assault"', '"11" = "assault"\nFight = "assault"')
    assert data(ROW.format("11", "2019-03-02T00:30:00"), text, zone=DENVER)["occurred_on"] == "2019-02-11"
