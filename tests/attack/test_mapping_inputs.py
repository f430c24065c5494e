"""Inputs made to hurt: wrong bytes, endless cells, formulas, repeated columns. Each is named."""

import gc
import gzip
import io
import lzma
import tracemalloc
import warnings

import pytest

from accord.errors import IntakeRefused
from accord.gateway.submission import Group
from accord.gateway.tables import LINE_LIMIT, Refusal, Rejects, Table
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


def peak(data: bytes) -> int:
    tracemalloc.start()
    try:
        list(Table(io.BytesIO(data)))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_line_without_end_is_one_refused_row_and_not_held_in_memory():
    data = b"a\n" + b"x" * (32 << 20)
    (row,) = Table(io.BytesIO(data))
    assert row.fault == ("(row)", "the row has a line longer than 1 MiB")
    assert peak(data) < 8 << 20


def test_a_packed_bomb_of_one_line_is_one_refused_row():
    data = lzma.compress(b"a\n" + b"0" * (64 << 20))
    (row,) = Table(io.BytesIO(data))
    assert row.fault == ("(row)", "the row has a line longer than 1 MiB")
    assert peak(data) < 24 << 20


BAD_ROWS = {
    "a long cell": (b"12345678," + b"x" * 200_000 + b",2019-03-01T10:00:00\n", "a cell longer than 128 KiB"),
    "a long line": (b"12345678," + b"x" * (2 << 20) + b",\n", "a line longer than 1 MiB"),
    "a long quoted cell": (b'12345678,"' + b"x,\n" * 60_000 + b'",\n', "a cell longer than 128 KiB"),
    "a long line that opens a cell": (
        b'12345678,"' + b"x" * (2 << 20) + b'\ny",\n',
        "a line longer than 1 MiB",
    ),
    "a long line within a cell": (
        b'12345678,"\n' + b"x" * (2 << 20) + b'\ny",\n',
        "a line longer than 1 MiB",
    ),
    "a long line that ends a cell": (
        b'12345678,"\n' + b"x" * (2 << 20) + b'",\n',
        "a line longer than 1 MiB",
    ),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_one_row_that_is_too_long_is_refused_alone(name):
    row, reason = BAD_ROWS[name]
    first, bad, *last = outcomes(
        HEADER + GOOD + row + GOOD.replace(b"679", b"680") + GOOD.replace(b"679", b"681")
    )
    assert (bad.row, bad.reason) == (2, f"the row has {reason}")
    assert [one.rows for one in (first, *last)] == [(1,), (3,), (4,)]


def test_a_line_just_over_the_limit_does_not_take_the_next_one_with_it():
    long = b"x" * (LINE_LIMIT) + b"\n"
    assert [row.fault is None for row in Table(io.BytesIO(b"a\n1\n" + long + b"2\n"))] == [True, False, True]


def test_a_header_that_is_too_long_is_named():
    assert "a line longer than 1 MiB" in refused(b"x" * (2 << 20) + b"\n1\n").message


ROWS_5000 = HEADER + b"".join(b"1234%04d,Fight,2019-07-01T23:30:00\n" % n for n in range(5000))


class Pipe(io.RawIOBase):
    """Bytes that can be read only once."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        return self._data.readinto(buffer)


def gz_of_many(data: bytes) -> bytes:
    return gzip.compress(data[:50_000]) + gzip.compress(data[50_000:])


def xz_of_many(data: bytes) -> bytes:
    return lzma.compress(data[:50_000]) + lzma.compress(data[50_000:])


@pytest.mark.parametrize("source", [io.BytesIO, Pipe])
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, gz_of_many, xz_of_many])
def test_a_sound_packing_is_read_whole(pack, source):
    assert len(list(Table(source(pack(ROWS_5000))))) == 5000


@pytest.mark.parametrize("source", [io.BytesIO, Pipe])
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, gz_of_many, xz_of_many])
@pytest.mark.parametrize(
    "damage", ["half", "one byte short", "junk after it", "a little junk", "a bit flipped"]
)
def test_a_damaged_packing_is_refused_before_the_first_row(pack, source, damage):
    data = pack(ROWS_5000)
    middle = len(data) // 2
    broken = {
        "half": data[:middle],
        "one byte short": data[:-1],
        "junk after it": data + b"junk and more junk" * 9,
        "a little junk": data + b"x",
        "a bit flipped": data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :],
    }[damage]
    with pytest.raises(IntakeRefused, match="the compressed input is damaged"):
        Table(source(broken))


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
