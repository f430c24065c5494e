"""JSON and NDJSON in: what is taken, what is refused, and that a line is read at a time."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from accord.errors import IntakeRefused
from accord.gateway import Group, Refusal, intake

EVENT: dict[str, Any] = {
    "source": "/rms",
    "id": "1",
    "type": "ArrestMade",
    "subject": "A1",
    "data": {"occurred_on": "2024-01-02"},
}


def taken(data: bytes) -> list[Group | Refusal]:
    return list(intake.read(io.BytesIO(data)))


def one(**changes: Any) -> Group | Refusal:
    made = {name: value for name, value in {**EVENT, **changes}.items() if value is not ...}
    return taken(json.dumps(made).encode())[0]


def refused(**changes: Any) -> Refusal:
    found = one(**changes)
    assert isinstance(found, Refusal)
    return found


def test_an_event_on_a_line_becomes_a_submission() -> None:
    (group,) = taken(json.dumps(EVENT).encode())
    assert isinstance(group, Group)
    (made,) = group.submissions
    assert (made.source, made.id, made.type, made.subject, made.row) == ("/rms", "1", "ArrestMade", "A1", 1)
    assert made.data == {"occurred_on": "2024-01-02"}


def test_an_event_may_run_over_several_lines() -> None:
    (group,) = taken(json.dumps(EVENT, indent=2).encode())
    assert isinstance(group, Group)
    assert group.submissions[0].id == "1"


def test_a_list_is_several_groups() -> None:
    found = taken(json.dumps([EVENT, {**EVENT, "id": "2"}, {**EVENT, "id": ""}], indent=1).encode())
    assert [type(group) for group in found] == [Group, Group, Refusal]
    assert [group.rows for group in found[:2] if isinstance(group, Group)] == [(1,), (2,)]


def test_lines_keep_their_numbers_and_faults_stay_where_they_are() -> None:
    lines = [json.dumps(EVENT), "", '{"source": "/rms"}', "{oops}", json.dumps({**EVENT, "id": "5"})]
    found = taken("\n".join(lines).encode())
    rows = [
        (type(group).__name__, (group.group if isinstance(group, Refusal) else group).rows) for group in found
    ]
    assert rows == [("Group", (1,)), ("Refusal", (3,)), ("Refusal", (4,)), ("Group", (5,))]


def test_a_byte_order_mark_and_carriage_returns_do_no_harm() -> None:
    data = (
        b"\xef\xbb\xbf"
        + json.dumps(EVENT).encode()
        + b"\r\n"
        + json.dumps({**EVENT, "id": "2"}).encode()
        + b"\r\n"
    )
    assert [type(group) for group in taken(data)] == [Group, Group]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"[]"])
def test_nothing_is_nothing(data: bytes) -> None:
    assert taken(data) == []


def test_a_refused_line_keeps_its_text() -> None:
    line = json.dumps({**EVENT, "extra": 1})
    (refusal,) = taken(line.encode())
    assert isinstance(refusal, Refusal)
    assert refusal.group.original == ((line,),)


def test_what_a_rejects_file_says_is_not_read() -> None:
    assert isinstance(one(reject={"row": 3, "where": "data", "reason": "is required"}), Group)


@pytest.mark.parametrize("name", ["id", "source", "type", "data"])
def test_what_is_required_is_asked_for_by_name(name: str) -> None:
    found = refused(**{name: ...})
    assert (found.where, found.reason.startswith("is required")) == (name, True)


def test_a_missing_subject_is_left_to_the_publisher() -> None:
    found = one(subject=...)
    assert isinstance(found, Group)
    assert found.submissions[0].subject == ""


@pytest.mark.parametrize("name", ["id", "source", "type", "subject", "time", "datacontenttype", "dataschema"])
@pytest.mark.parametrize("value", ["", 1, None, True, ["a"], "a" * 201, "a\x00b", "a\nb", "\x7f", "￾"])
def test_an_attribute_is_text_that_is_not_empty_and_has_no_control_character(name: str, value: Any) -> None:
    assert refused(**{name: value}).where == name


@pytest.mark.parametrize("value", [[], "text", None, 1, {"a": 1}.keys().__len__()])
def test_data_is_an_object(value: Any) -> None:
    assert refused(data=value).where == "data"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "NaN"),
        (b'{"id": "1", "id": "2"}', "twice"),
        (b'{"data": {"offenses": [], "offenses": []}}', "twice"),
        (b'{"a": "\xff"}', "UTF-8"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": ' + b"1" * 5000 + b"}", "too long"),
        (b'{"a": ' + b"[" * 40 + b"{}" * 0 + b"]" * 40 + b"}", "deep"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "deep"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} x}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
    ],
)
def test_json_is_read_strictly(text: bytes, says: str) -> None:
    (refusal,) = taken(text + b"\n")
    assert isinstance(refusal, Refusal)
    assert says in refusal.reason


def test_a_repeated_name_that_may_be_a_value_is_not_shown() -> None:
    (refusal,) = taken(b'{"Jane Doe": 1, "Jane Doe": 2}')
    assert isinstance(refusal, Refusal)
    assert refusal.where == "an attribute"


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"<xml/>", b"\xfd7zXZ\x00", b'"text"', b"\xff\xfe{\x00"])
def test_an_input_that_is_no_json_is_refused_with_advice(data: bytes) -> None:
    with pytest.raises(IntakeRefused) as caught:
        taken(data)
    assert "--map" in (caught.value.advice or "")


def test_a_list_that_is_cut_off_is_refused_as_a_whole() -> None:
    with pytest.raises(IntakeRefused):
        taken(json.dumps([EVENT, EVENT]).encode()[:-5])


def test_a_line_that_is_too_long_is_refused_and_the_next_is_read() -> None:
    long = json.dumps({**EVENT, "data": {"a": "x" * intake.LINE_LIMIT}}).encode()
    found = taken(
        json.dumps(EVENT).encode() + b"\n" + long + b"\n" + json.dumps({**EVENT, "id": "3"}).encode() + b"\n"
    )
    assert [type(group) for group in found] == [Group, Refusal, Group]
    assert isinstance(found[2], Group)
    assert found[2].rows == (3,)


class Endless(io.RawIOBase):
    """Lines without end; counts what was asked for."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        line = json.dumps({**EVENT, "id": str(self.given)}).encode() + b"\n"
        self.given += 1
        buffer[: len(line)] = line
        return len(line)


def test_lines_are_read_as_they_are_wanted() -> None:
    endless = Endless()
    groups = intake.read(io.BufferedReader(endless))
    for _ in range(1000):
        next(groups)
    assert endless.given < 1100


GOOD = json.dumps(EVENT).encode() + b"\n"


@pytest.mark.parametrize(
    "first",
    [
        b"garbage",
        b'{"source": "/rms", "id": "0", "ty',
        GOOD.strip() + b" tail",
        b"export begins: 3 events",
        b'{"a": "' + b"x" * (2 << 20) + b'"}',
        b"x" * (2 << 20),
    ],
    ids=["no JSON", "cut off", "more after it", "a log line", "a long event", "a long line"],
)
def test_a_damaged_first_line_is_refused_alone(first: bytes) -> None:
    found = taken(b"\n" + first + b"\n" + GOOD * 2)
    assert [type(one) for one in found] == [Refusal, Group, Group]
    assert isinstance(found[0], Refusal)
    assert found[0].group.rows == (2,)
    assert isinstance(found[2], Group)
    assert found[2].rows == (4,)


def test_a_damaged_first_line_is_kept_for_the_rejects() -> None:
    (refusal, _) = taken(b"garbage\n" + GOOD)
    assert isinstance(refusal, Refusal)
    assert refusal.group.original == (("garbage",),)


def test_what_comes_after_the_first_64_mib_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "LIST_LIMIT", 1000)
    found = taken(b"garbage\n" + GOOD * 500)
    assert [type(one) for one in found] == [Refusal] + [Group] * 500


@pytest.mark.parametrize("data", [b'{"source": "/rms",\n "id": \n', b"[" + GOOD + b",\n" + GOOD, b"{\n{\n"])
def test_a_damaged_event_over_several_lines_or_list_is_refused_whole(data: bytes) -> None:
    with pytest.raises(IntakeRefused, match="not JSON"):
        taken(data)


def test_a_line_just_over_the_limit_does_not_take_the_next_one_with_it() -> None:
    long = b'{"a": "' + b"x" * (intake.LINE_LIMIT - 9) + b'"}\n'
    assert len(long) == intake.LINE_LIMIT + 1
    assert [type(one) for one in taken(GOOD + long + GOOD)] == [Group, Refusal, Group]
