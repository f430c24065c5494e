"""Events as JSON, NDJSON or CloudEvents: bytes in, groups of one submission out, each refused by itself.

    { ... }             one event; may run over several lines
    { ... }\\n{ ... }    NDJSON: one event to a line, read a line at a time, in bounded memory
    [ { ... }, ... ]    a list (a CloudEvents batch): its events one by one, at most 64 MiB

An event is CloudEvents 1.0 in structured mode, or the same without `specversion`; docs/spec/intake.md draws it.
Rows count from 1: lines of NDJSON (blank ones included), places in a list. A fault of one event is that event's, the first
line's too; only an input in which no line is an event raises IntakeRefused.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Protocol

from accord.errors import IntakeRefused
from accord.gateway.cloudevents import envelope, shown
from accord.gateway.outcomes import Refusal
from accord.gateway.submission import Group, Submission

LINE_LIMIT = 1 << 20
LIST_LIMIT = 64 << 20
_DEPTH = 16
_MARK = b"\xef\xbb\xbf"
_ADVICE = "Give one JSON object for each event; see `accord emit --help`."


def read(stream: BinaryIO) -> Iterator[Group | Refusal]:
    """Every event of an input, in order, or why it is refused; a refused one keeps its text as `original`.

    Raises IntakeRefused where no line of the first 64 MiB is an event, or a list is damaged or longer than that.
    """
    number, first = _first(stream)
    if not first:
        return
    head = first.lstrip()[:1]
    if head == b"{" and first.rstrip().endswith(b"}"):
        yield from _lines(stream, number, first)
        return
    data = first + stream.read(LIST_LIMIT + 1 - len(first))
    fault = _not_json(number)
    if head in (b"{", b"["):
        try:
            several = _document(data)
        except IntakeRefused as refused:
            fault = refused
        else:
            yield from several
            return
    if head == b"[" or not any(_an_object(line) for line in io.BytesIO(data)):
        raise fault
    again = _Again(data, stream)
    yield from _lines(again, number, again.readline(LINE_LIMIT + 1))


class _Lines(Protocol):
    def readline(self, size: int, /) -> bytes: ...


class _Again:
    """What was read already, then the rest of the stream."""

    def __init__(self, read: bytes, rest: BinaryIO) -> None:
        self._read, self._rest = io.BytesIO(read), rest

    def readline(self, size: int, /) -> bytes:
        line = self._read.readline(size)
        if line.endswith(b"\n") or len(line) == size:
            return line
        return line + self._rest.readline(size - len(line))


def _an_object(line: bytes) -> bool:
    """Whether a line looks like an event of NDJSON; within an event over several lines none begins so."""
    return line.startswith(b"{") and line.rstrip().endswith(b"}")


def _not_json(number: int) -> IntakeRefused:
    return IntakeRefused(
        "the input is not JSON",
        where=f"line {number}",
        advice="CSV, also .gz and .xz, is read through a mapping: --map MAPPING.",
    )


def _first(stream: BinaryIO) -> tuple[int, bytes]:
    """The first line that is not blank, and its number; empty at the end of the input."""
    number, line = 1, stream.readline(LINE_LIMIT + 1).removeprefix(_MARK)
    while line and not line.strip():
        number, line = number + 1, stream.readline(LINE_LIMIT + 1)
    return number, line


def _lines(stream: _Lines, number: int, line: bytes) -> Iterator[Group | Refusal]:
    while line:
        if len(line) > LINE_LIMIT:
            yield _refusal(number, b"", "the line is longer than 1 MiB", None)
            if not line.endswith(b"\n"):
                _skip_line(stream)
        elif line.strip():
            yield _event(line.strip(), number)
        number, line = number + 1, stream.readline(LINE_LIMIT + 1)


def _skip_line(stream: _Lines) -> None:
    rest = b""
    while not rest.endswith(b"\n"):
        rest = stream.readline(LINE_LIMIT)
        if not rest:
            return


def _document(data: bytes) -> Iterator[Group | Refusal]:
    """One event over several lines, or a list of events; raises IntakeRefused at once."""
    if len(data) > LIST_LIMIT:
        raise IntakeRefused(
            "a list is longer than 64 MiB", where="line 1", advice="Send one event to a line (NDJSON)."
        )
    try:
        said = parse(data)
    except IntakeRefused as fault:
        raise IntakeRefused(fault.message, where="the input", advice=_ADVICE) from fault
    several = said if isinstance(said, list) else [said]
    return (
        _taken(one, place, json.dumps(one, ensure_ascii=False).encode())
        for place, one in enumerate(several, start=1)
    )


def _event(line: bytes, number: int) -> Group | Refusal:
    try:
        said = parse(line)
    except IntakeRefused as fault:
        return _refusal(number, line, fault.message, fault.where)
    return _taken(said, number, line)


def _taken(said: Any, number: int, original: bytes) -> Group | Refusal:
    try:
        one = submission(said, number)
    except IntakeRefused as fault:
        return _refusal(number, original, fault.message, fault.where, fault.advice)
    return Group((one,), (number,), ((original.decode(),),))


def _refusal(
    number: int, original: bytes, reason: str, where: str | None, advice: str | None = None
) -> Refusal:
    text = original.decode(errors="surrogateescape")
    return Refusal(Group((), (number,), ((text,),)), where, reason, advice or _ADVICE)


def submission(said: Any, row: int | None = None) -> Submission:
    """A submission from a parsed event; raises IntakeRefused.

    A missing `subject` is left empty: CloudEvents does not require it, the publisher does.
    """
    event = envelope(said)
    return Submission(
        event["source"], event["id"], event["type"], event.get("subject", ""), event["data"], row
    )


def parse(data: bytes) -> Any:
    """One JSON value, strictly (RFC 8259): UTF-8, no name twice, no NaN, no lone surrogate, not nested too deep."""
    try:
        said = json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise IntakeRefused("not UTF-8") from error
    except RecursionError as error:
        raise IntakeRefused("nested too deep") from error
    except json.JSONDecodeError as error:
        raise IntakeRefused(f"not JSON: {error.msg}") from error
    except ValueError as error:  # a number of thousands of digits
        raise IntakeRefused("not JSON: a number is too long") from error
    if data.count(b"{") + data.count(b"[") > _DEPTH:  # fewer brackets cannot nest deeper
        _refuse_deep(said, _DEPTH + isinstance(said, list))
    if re.search(rb"\\u[dD]", data):
        _refuse_surrogates(said)
    return said


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise IntakeRefused("stands there twice", where=shown(twice))
    return made


def _no_constant(name: str) -> Any:
    raise IntakeRefused("not JSON: NaN and Infinity are no numbers")


def _refuse_deep(said: Any, left: int) -> None:
    if not left:
        raise IntakeRefused("nested too deep")
    if isinstance(said, dict):
        for value in said.values():
            _refuse_deep(value, left - 1)
    elif isinstance(said, list):
        for value in said:
            _refuse_deep(value, left - 1)


def _refuse_surrogates(said: Any) -> None:
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise IntakeRefused("half of a character (a lone surrogate)") from error
