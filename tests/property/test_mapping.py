"""Templates, dates, numbers and rejects, for any input."""

import csv
import datetime as dt
import io
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from accord.errors import IntakeRefused
from accord.gateway.mapping.moments import date_reader, time_reader, utc_text
from accord.gateway.submission import Group
from accord.gateway.tables import Refusal, Rejects, Table
from tests.unit.gateway.mapping_kit import outcomes, reading, vocabulary

ZONE = ZoneInfo("America/Chicago")
CELL = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=12)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1)))
def test_iso_dates_read_as_themselves(day):
    assert date_reader("iso", ZONE)(day.isoformat()) == day


@given(st.text(max_size=24))
def test_no_text_but_a_date_is_a_date(text):
    try:
        made = date_reader("iso", ZONE)(text)
    except IntakeRefused:
        return
    assert text.startswith(made.isoformat())


@given(
    st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2037, 1, 1)),
    st.sampled_from(["Z", "+00:00", "-05:00", "+13:45"]),
)
def test_a_time_with_its_own_offset_is_of_the_day_that_it_was_here(moment, offset):
    text = moment.isoformat() + offset
    assert date_reader("iso", ZONE)(text) == dt.datetime.fromisoformat(text).astimezone(ZONE).date()
    assert date_reader("iso", ZONE)(moment.isoformat()) == moment.date()


@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2037, 1, 1)), st.sampled_from(["first", "second"]))
def test_a_local_time_that_exists_goes_to_utc_and_back(moment, fold):
    before, after = (moment.replace(tzinfo=ZONE, fold=n).utcoffset() for n in (0, 1))
    assume(before >= after)  # the clocks did not skip it
    made = time_reader("iso", ZONE, fold)(moment.isoformat())
    back = dt.datetime.fromisoformat(utc_text(made)).astimezone(ZONE)
    assert back.replace(tzinfo=None) == moment


@given(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2037, 1, 1)))
def test_a_time_is_refused_just_where_the_clocks_leave_no_one_answer(moment):
    offsets = {moment.replace(tzinfo=ZONE, fold=fold).utcoffset() for fold in (0, 1)}
    try:
        time_reader("iso", ZONE, "refuse")(moment.isoformat())
    except IntakeRefused:
        assert len(offsets) == 2
    else:
        assert len(offsets) == 1


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_a_number_is_taken_just_where_the_vocabulary_admits_it(text):
    stream = io.StringIO()
    csv.writer(stream).writerow([text, "Fight", "2019-03-01T10:00:00"])
    (made,) = outcomes("number,class,arrested\r\n" + stream.getvalue().replace("\0", " "))
    admitted = vocabulary().number.admits(text.replace("\0", " ").strip())
    assert isinstance(made, Group) is admitted


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_rejected_rows_come_back_as_they_were(rows):
    stream = io.StringIO(newline="")
    rejects = Rejects(stream, ("a", "b"))
    for number, cells in enumerate(rows, 1):
        rejects.write(Refusal(number, "a", "because", cells))
    assert [row.cells for row in Table(io.BytesIO(stream.getvalue().encode()))] == rows


@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=8))
def test_every_row_is_accounted_for(rows):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["number", "class", "arrested"])
    writer.writerows(rows)
    read = reading(stream.getvalue())
    made = list(read)
    taken = sum(len(o.rows) if isinstance(o, Group) else 1 for o in made)
    assert taken == read.report.rows
    assert read.report.rows == read.report.taken + sum(read.report.refused.values()) + sum(
        read.report.nothing.values()
    )
