"""CSV as agencies export it: read strictly, a row at a time, in bounded memory; rejects written back.

    bytes -> (gzip | xz | plain, by magic) -> lines of at most 1 MiB -> UTF-8, strict -> cells of at most 128 KiB

A fault of one row (its bytes, its width, its length) is that row's; a fault of the whole input (damaged packing, no
header, a column twice, a quoted cell that never ends) raises IntakeRefused. Rows count from 1, header not counted.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from accord.errors import IntakeRefused

LINE_LIMIT = 1 << 20
CELL_LIMIT = 128 << 10
REJECT_COLUMNS = ("reject_row", "reject_column", "reject_reason")
_MAGIC = ((b"\xfd7zXZ\x00", lzma.open), (b"\x1f\x8b", gzip.open))
_CHUNK = 1 << 16
csv.field_size_limit(LINE_LIMIT)  # only a quoted cell of many lines is stopped by it; see Row for the others
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as read: its number, its cells, and what is wrong with it as a row, if anything."""

    number: int
    cells: tuple[str, ...]
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: where and why, never a value; `original` are its cells as read."""

    row: int
    column: str
    reason: str
    original: tuple[str, ...] = ()


class Table:
    """One CSV input: `header` at once, then its rows by iteration, once.

    `source` is a path or a binary stream. Raises IntakeRefused if the header cannot be used, and from
    the iteration if the rest of the input cannot be read safely.
    """

    def __init__(self, source: Path | BinaryIO) -> None:
        self._stack = ExitStack()
        self._dirty: str | None = None
        self._lines = 0
        try:
            self._cells = csv.reader(self._decoded(_plain(source, self._stack)), strict=True)
            self.header = self._read_header()
        except BaseException:
            self.close()
            raise
        self._resent = all(name in self.header for name in REJECT_COLUMNS)
        dropped = REJECT_COLUMNS if self._resent else ()
        self._keep = [i for i, name in enumerate(self.header) if name not in dropped]
        self.columns = tuple(self.header[i] for i in self._keep)

    def close(self) -> None:
        """Let go of the input; a stream that the caller gave stays open."""
        self._stack.close()

    def _read_header(self) -> tuple[str, ...]:
        try:
            header = tuple(cell.strip() for cell in next(self._cells, ()))
        except csv.Error as error:
            raise IntakeRefused("the header row is not CSV", where="row 0", advice=str(error)) from error
        if self._dirty:
            raise IntakeRefused(f"the header row has {self._dirty}", where="row 0", advice="Export as UTF-8.")
        if not any(header):
            raise IntakeRefused("there is no header row", where="row 0", advice="Export with column names.")
        twice = sorted({name for name in header if header.count(name) > 1})
        if twice or "" in header:
            said = f"names a column twice: {', '.join(twice)}" if any(twice) else "leaves a column unnamed"
            raise IntakeRefused(f"the header row {said}", where="row 0", advice="Give each column one name.")
        return header

    def _decoded(self, stream: BinaryIO) -> Iterator[str]:
        """Lines as text; a line that is not clean marks the row that it belongs to."""
        first = True
        while line := _read_line(stream, self._lines):
            if first:
                first = False
                line = _without_mark(line)
            self._lines += 1
            if len(line) > LINE_LIMIT:
                self._dirty = "a line longer than 1 MiB"
                line = _stand_in(line, stream)
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self._dirty = "bytes that are not UTF-8"
                text = line.decode(errors="surrogateescape")
            if "\0" in text:
                self._dirty = "a NUL byte"
                text = text.replace("\0", "�")
            yield text

    def __iter__(self) -> Iterator[Row]:
        number, width = 0, len(self.header)
        try:
            while True:
                self._dirty = None
                cells = next(self._cells, None)
                if cells is None:
                    return
                number += 1
                yield self._row(number, cells, width)
        except csv.Error as error:
            raise IntakeRefused(
                "a quoted cell does not end, or is longer than can be read; the rest is not read",
                where=f"row {number + 1}",
                advice="Mend this row's quotes and emit the whole input again; nothing is counted twice.",
            ) from error
        finally:
            self.close()

    def _row(self, number: int, cells: list[str], width: int) -> Row:
        fault = None
        if self._dirty:
            fault = ("(row)", f"the row has {self._dirty}")
        elif len(cells) != width:
            fault = ("(row)", f"the row has {len(cells)} cells where the header has {width}")
        elif any(len(cell) > CELL_LIMIT for cell in cells):
            fault = ("(row)", "the row has a cell longer than 128 KiB")
        if not self._resent:
            return Row(number, tuple(cells), fault)
        if len(cells) == width:
            cells = [cells[i] for i in self._keep]
        return Row(number, tuple(map(_undisarm, cells)), fault)


def _plain(source: Path | BinaryIO, stack: ExitStack) -> BinaryIO:
    if isinstance(source, Path):
        stream = stack.enter_context(source.open("rb"))
    elif isinstance(source, io.BufferedReader):
        stream = source
    else:
        stream = io.BufferedReader(cast(io.RawIOBase, source))
        stack.callback(_let_go, stream)
    magic = stream.peek(6)[:6]
    if magic[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise IntakeRefused("the input is UTF-16", where="row 0", advice="Export as UTF-8.")
    for sign, opener in _MAGIC:
        if magic.startswith(sign):
            packed = stream if stream.seekable() else _copied(stream, stack)
            _look_through(packed, sign)
            return cast(BinaryIO, stack.enter_context(opener(packed)))
    return cast(BinaryIO, stream)


def _copied(stream: BinaryIO, stack: ExitStack) -> BinaryIO:
    """A packed input that can be read only once, in an unnamed file: it is read twice."""
    file = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 -- closed by the stack
    shutil.copyfileobj(stream, file, _CHUNK)
    file.seek(0)
    return file


def _look_through(packed: BinaryIO, sign: bytes) -> None:
    """Unpack everything once and keep nothing, so that nothing is taken from an input that is damaged later on."""
    begin = packed.tell()
    try:
        if sign == b"\x1f\x8b":
            with gzip.open(packed) as plain:
                while plain.read(_CHUNK):
                    pass
        else:
            _look_through_xz(packed)
    except _DAMAGED as error:
        raise IntakeRefused(
            "the compressed input is damaged", where="the input", advice="Copy it again."
        ) from error
    packed.seek(begin)


def _look_through_xz(packed: BinaryIO) -> None:
    """Every stream of an xz file and nothing between or after them, which `lzma.open` would pass over in silence."""
    data = packed.read(_CHUNK)
    while data:
        one = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        while not one.eof:
            if one.needs_input and not data:
                raise EOFError
            one.decompress(data, _CHUNK)
            data = packed.read(_CHUNK) if one.needs_input else b""
        data = one.unused_data or packed.read(_CHUNK)


_DAMAGED = (lzma.LZMAError, EOFError, gzip.BadGzipFile, zlib.error)


def _let_go(stream: io.BufferedReader) -> None:
    """Leave the caller's own stream open when ours is forgotten."""
    if not stream.closed:
        stream.detach()


def _read_line(stream: BinaryIO, before: int) -> bytes:
    where = f"line {before + 1}"
    try:
        line = stream.readline(LINE_LIMIT + 1)
    except _DAMAGED as error:
        raise IntakeRefused(
            "the compressed input is damaged", where=where, advice="Copy it again."
        ) from error
    return line


def _stand_in(line: bytes, stream: BinaryIO) -> bytes:
    """What is read instead of a line that is too long, itself not kept: a quoted cell is open after it as it was."""
    quotes = line.count(b'"')
    while not line.endswith(b"\n") and (line := stream.readline(LINE_LIMIT)):
        quotes += line.count(b'"')
    return b'"\n' if quotes % 2 else b"\n"


def _without_mark(line: bytes) -> bytes:
    return line.removeprefix(b"\xef\xbb\xbf")


def _disarm(cell: str) -> str:
    """A cell that a spreadsheet would run gets an apostrophe in front; `_undisarm` takes it off."""
    return "'" + cell if _FORMULA.match(cell) else cell


def _undisarm(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


class Rejects:
    """Writes refused rows as they came, with three columns more, to be mended and sent again.

    The file is UTF-8 CSV (bytes that were not UTF-8 come back as they were). When it is read again the
    `reject_` columns, all three being there, are ignored, and cells that a spreadsheet would have run as a
    formula, disarmed in the file, are as they were.
    """

    def __init__(self, stream: TextIO, columns: tuple[str, ...]) -> None:
        self._out = csv.writer(stream, lineterminator="\n")
        self._out.writerow([*columns, *REJECT_COLUMNS])
        self._width = len(columns)
        self.written = 0

    def write(self, refusal: Refusal) -> None:
        """Append one refused row; a row of the wrong width is padded, or joined into its last cell."""
        cells = list(refusal.original[: self._width])
        if len(refusal.original) > self._width:
            cells[-1] = ",".join(refusal.original[self._width - 1 :])
        cells += [""] * (self._width - len(cells))
        self._out.writerow([*map(_disarm, cells), refusal.row, refusal.column, refusal.reason])
        self.written += 1


@contextmanager
def rejects_file(path: Path, columns: tuple[str, ...]) -> Iterator[Rejects]:
    """A new rejects file at `path`, open while the context lasts."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as stream:
        yield Rejects(stream, columns)


@dataclass(frozen=True)
class Selection:
    """Only rows whose `column` holds one of `values`."""

    column: str
    values: frozenset[str]

    @classmethod
    def first(cls, source: Path | BinaryIO, column: str, count: int) -> Selection:
        """The first `count` distinct values of a column, in order of appearance.

        Raises IntakeRefused if the table has no such column.
        """
        found: set[str] = set()
        with closing(Table(source)) as table:
            if column not in table.columns:
                raise IntakeRefused("there is no such column", where=column, advice="Name the case column.")
            at = table.columns.index(column)
            for row in table:
                if len(found) >= count:
                    break
                if row.fault is None and (value := row.cells[at].strip()):
                    found.add(value)
        return cls(column, frozenset(found))
