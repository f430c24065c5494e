"""Inputs made to hurt: wrong bytes, endless cells, formulas, repeated columns. Each is named."""

import gc
import gzip
import io
import lzma
import warnings

import pytest

from accord.errors import IntakeRefused
from accord.gateway.submission import Group
from accord.gateway.tables import Refusal, Rejects, Table
from tests.unit.gateway.mapping_kit import NOW, ROWS, mapping, one, outcomes, reading

HEADER = b"number,class,arrested\n"
GOOD = b"12345679,Fight,2019-07-01T23:30:00\n"


def refused(data: bytes) -> IntakeRefused:
    with pytest.raises(IntakeRefused) as caught:
        list(Table(io.BytesIO(data)))
    return caught.value


def test_a_column_named_twice():
    assert "names a column twice: a" in refused(b"a,b,a\n1,2,3\n").message


def test_a_column_without_a_name():
    assert "unnamed" in refused(b"a,,b\n1,2,3\n").message


def test_an_empty_input():
    assert "no header" in refused(b"").message


@pytest.mark.parametrize("bom", [b"\xff\xfe", b"\xfe\xff"])
def test_utf16_is_named(bom):
    assert refused(bom + "a,b\n".encode("utf-16-le")).message == "the input is UTF-16"


def test_a_header_that_is_not_utf8():
    assert "not UTF-8" in refused(b"caf\xe9,b\n").message


def test_a_row_that_is_not_utf8_is_refused_alone():
    bad, good = outcomes(HEADER + b"12345678,B\xe9ttery,2019-03-01T10:00:00\n" + GOOD)
    assert (bad.row, bad.reason) == (1, "the row has bytes that are not UTF-8")
    assert isinstance(good, Group)


def test_a_row_with_a_nul_byte_is_refused_alone():
    bad, good = outcomes(HEADER + b"12345678,Batt\0ery,2019-03-01T10:00:00\n" + GOOD)
    assert (bad.row, bad.reason) == (1, "the row has a NUL byte")
    assert isinstance(good, Group)


def test_bad_bytes_in_the_second_line_of_a_quoted_cell_belong_to_their_row():
    bad, good = outcomes(HEADER + b'12345678,"Batt\n\xe9ry",2019-03-01T10:00:00\n' + GOOD)
    assert bad.row == 1
    assert isinstance(good, Group)


def test_a_quote_that_never_ends_stops_the_reading_at_its_row():
    data = HEADER + GOOD + b'12345678,"Fight,2019-03-01T10:00:00\n' + GOOD * 20_000
    read = iter(reading(data))
    assert isinstance(next(read), Group)
    with pytest.raises(IntakeRefused, match="row 2: a quoted cell does not end"):
        list(read)


def test_a_line_without_end_is_not_held_in_memory():
    assert "longer than 1 MiB" in refused(b"a\n" + b"x" * (3 << 20)).message


def test_a_packed_bomb_of_one_line_is_stopped():
    assert "longer than 1 MiB" in refused(lzma.compress(b"a\n" + b"0" * (64 << 20))).message


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_torn_packed_input_is_named(pack):
    data = pack(HEADER + b"".join(b"1234%04d,Fight,2019-07-01T23:30:00\n" % n for n in range(5000)))
    assert refused(data[: len(data) // 2]).message == "the compressed input is damaged"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''+1", "'", "'plain", "=cmd|' /C calc'!A0"]
)
def test_a_formula_is_disarmed_in_the_rejects_and_comes_back_as_it_was(cell):
    stream = io.StringIO()
    Rejects(stream, ("a", "b")).write(Refusal(1, "a", "x", (cell, "y")))
    (row,) = Table(io.BytesIO(stream.getvalue().encode()))
    assert row.cells == (cell, "y")
    written = stream.getvalue().splitlines()[1].lstrip('"')
    assert written[0] not in "=+-@\t"


def test_a_formula_is_refused_as_a_number():
    refusal = one(HEADER + b"=1+1,Fight,2019-03-01T10:00:00\n")
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "is not an official number that the vocabulary allows"


@pytest.mark.parametrize(
    "cell", [b"JANEDOE", b"Jane Doe 1", b"1" * 25, b"12345678;", "\uff11\uff12\uff13".encode(), b"a1234567"]
)
def test_a_number_that_could_carry_words_is_refused(cell):
    assert isinstance(one(HEADER + cell + b",Fight,2019-03-01T10:00:00\n"), Refusal)


def test_no_refusal_shows_a_value():
    secret = "SECRETVALUE"
    for rows in (
        f"{secret},Fight,2019-03-01T10:00:00\n",
        f"12345678,Fight,{secret}\n",
        f"12345678,Fight,x,{secret}\n",
    ):
        refusal = one("number,class,arrested\n" + rows)
        assert secret not in refusal.column + refusal.reason


def test_a_column_of_the_header_cannot_pose_as_a_reject_column():
    with pytest.raises(IntakeRefused, match="does not speak of these columns: reject_row"):
        reading(ROWS.replace("arrested\n", "arrested,reject_row\n"))


@pytest.mark.parametrize("rows", ["number\n", "number,class,arrested,more\n", "a,a\n"])
def test_an_input_that_does_not_fit_is_let_go_at_once(rows, tmp_path):
    path = tmp_path / "input.csv"
    path.write_text(rows)
    with warnings.catch_warnings(record=True, category=ResourceWarning, action="always") as caught:
        with pytest.raises(IntakeRefused):
            mapping().read(path, now=NOW)
        gc.collect()
    assert caught == []
