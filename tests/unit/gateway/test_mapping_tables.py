"""Reading CSV strictly, and writing rejects that can be mended and sent again."""

import gzip
import io
import lzma

import pytest

from accord.errors import IntakeRefused
from accord.gateway.mapping.gather import Gather
from accord.gateway.mapping.repeats import Repeats, fingerprint
from accord.gateway.tables import Refusal, Rejects, Row, Selection, Table, rejects_file
from tests.unit.gateway.mapping_kit import ROWS, outcomes

PLAIN = b"a,b\n1,2\n"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_the_packing_is_told_by_the_first_bytes(pack):
    table = Table(io.BytesIO(pack(PLAIN)))
    assert table.columns == ("a", "b")
    assert list(table) == [Row(1, ("1", "2"))]


def test_a_path_is_read_as_well(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"\xef\xbb\xbf" + PLAIN)
    assert list(Table(path)) == [Row(1, ("1", "2"))]


def test_quotes_hold_commas_quotes_and_line_ends():
    assert list(Table(io.BytesIO(b'a,b\n"1,""x""","2\r\n3"\n4,5\n'))) == [
        Row(1, ('1,"x"', "2\r\n3")),
        Row(2, ("4", "5")),
    ]


def test_a_callers_stream_stays_open():
    stream = io.BytesIO(PLAIN)
    list(Table(stream))
    assert not stream.closed


def test_a_ragged_row_is_refused_by_its_number_and_the_next_is_read():
    short, long, good = Table(io.BytesIO(b"a,b\n1\n1,2,3\n4,5\n"))
    assert short.fault == ("(row)", "the row has 1 cells where the header has 2")
    assert long.fault == ("(row)", "the row has 3 cells where the header has 2")
    assert good == Row(3, ("4", "5"))


def rejected(*refusals: Refusal, columns=("number", "class", "arrested")) -> str:
    stream = io.StringIO()
    rejects = Rejects(stream, columns)
    for refusal in refusals:
        rejects.write(refusal)
    return stream.getvalue()


def test_rejects_keep_the_row_and_add_three_columns():
    refusal = Refusal(7, "arrested", "is not stated, and is required", ("12345678", "Fight", ""))
    assert rejected(refusal) == (
        "number,class,arrested,reject_row,reject_column,reject_reason\n"
        '12345678,Fight,,7,arrested,"is not stated, and is required"\n'
    )


def test_mended_rejects_are_read_as_the_rows_they_were():
    refusal = Refusal(7, "arrested", "is not stated", ("12345678", "Battery", ""))
    mended = rejected(refusal).replace("Battery,,", "Battery,2019-03-01T10:00:00,")
    assert outcomes(mended)[0].submissions == outcomes(ROWS)[0].submissions


def test_ragged_rows_keep_their_cells_in_the_rejects():
    text = rejected(Refusal(1, "(row)", "x", ("1",)), Refusal(2, "(row)", "x", ("1", "2", "3", "4")))
    assert text.splitlines()[1:] == ["1,,,1,(row),x", '1,2,"3,4",2,(row),x']


def test_a_rejects_file_gives_back_bytes_that_were_not_utf8(tmp_path):
    path = tmp_path / "rejects.csv"
    (row,) = Table(io.BytesIO(b"a\ncaf\xe9\n"))
    with rejects_file(path, ("a",)) as rejects:
        rejects.write(Refusal(row.number, "a", "x", row.cells))
    assert b"caf\xe9" in path.read_bytes()


def test_a_selection_takes_the_first_distinct_values_in_order():
    data = b"case\nb\na\nb\n\nc\n"
    assert Selection.first(io.BytesIO(data), "case", 2).values == {"b", "a"}
    with pytest.raises(IntakeRefused, match="no such column"):
        Selection.first(io.BytesIO(data), "docket", 2)


def test_groups_larger_than_memory_allows_come_out_the_same():
    from contextlib import ExitStack

    rows = [Row(n, (str(n % 7), str(n))) for n in range(1, 200)]
    made = []
    for run in (3, 1000):
        with ExitStack() as stack:
            gather = Gather(stack, run)
            for row in rows:
                gather.add((row.cells[0],), ("x",), row)
            made.append(list(gather.groups()))
    assert made[0] == made[1]
    assert [row.number for row in made[0][0]] == list(range(7, 200, 7))


def test_repeats_remember_many_ids():
    seen = Repeats()
    for n in range(20_000):
        assert seen.seen(fingerprint(str(n)), 5) is None
        seen.add(fingerprint(str(n)), 5)
    assert all(seen.seen(fingerprint(str(n)), 5) is True for n in range(20_000))
    assert seen.seen(fingerprint("3"), 6) is False
