"""A small mapping and small inputs, to be changed in one place by each test."""

import datetime as dt
import io
from functools import cache
from pathlib import Path

from accord.gateway.mapping import Mapping, Nothing, Reading
from accord.gateway.submission import Group
from accord.gateway.tables import Refusal
from accord.schema import Vocabulary

ROOT = Path(__file__).parents[3]
NOW = dt.datetime(2019, 12, 1, 12, tzinfo=dt.UTC)

HEAD = """
[mapping]
name = "small"
about = "arrests of a small town"
timezone = "America/Chicago"
source = "town/arrests"
subject = "{number}"
case = "number"
"""

ARREST = """
[translate.offense]
list = "offense"
from = "class"
about_a_person = ["Victim Intimidation"]

[translate.offense.rows]
Battery = "assault"
Fight = "assault"
"Victim Intimidation" = "obstruction"
Obstructing = "obstruction"

[[event]]
type = "ArrestMade"
id = "arrest/{number}"
on = { column = "arrested" }

[event.fields]
occurred_at = { column = "arrested" }
arrest_number = "{number}"
arrest_kind = { constant = "unspecified" }
offenses = { translate = "offense" }
"""

ROWS = """number,class,arrested
12345678,Battery,2019-03-01T10:00:00
12345679,Fight,2019-07-01T23:30:00
"""


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.load(ROOT / "schemas")


def mapping(text: str = HEAD + ARREST) -> Mapping:
    return Mapping.parse(text.encode(), vocabulary())


def reading(rows: str | bytes = ROWS, text: str = HEAD + ARREST, **more) -> Reading:
    data = rows.encode() if isinstance(rows, str) else rows
    return mapping(text).read(io.BytesIO(data), **{"now": NOW, **more})


def outcomes(rows: str | bytes = ROWS, text: str = HEAD + ARREST, **more) -> list[Group | Refusal | Nothing]:
    return list(reading(rows, text, **more))


def one(rows: str | bytes, text: str = HEAD + ARREST, **more) -> Group | Refusal | Nothing:
    (only,) = outcomes(rows, text, **more)
    return only


def data(rows: str | bytes, text: str = HEAD + ARREST, **more) -> dict:
    group = one(rows, text, **more)
    assert isinstance(group, Group), group
    (submission,) = group.submissions
    return submission.data
