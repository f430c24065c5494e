"""A folder as an agency's intake: what its records system leaves in HOME/inbox is emitted, receipts lie in HOME/done.

    HOME/inbox/NAME.ndjson           left by the records system: written under another name, then renamed
    HOME/done/NAME.receipts.ndjson   what became of each event: {"row", "receipt"} | {"row", "waiting"} | {"row", "refused"}
    HOME/done/NAME.ndjson            the file itself, once its outcomes are durable

For each file, in the order of their names:

    1. emit      each event is durable in our log before its outcome is known
    2. outcomes  temp file, fsync, rename
    3. move      the file goes to done; fsync of both folders. This is the act

If the process dies before 3, the file is still in the inbox and is taken again: the same events under the same source
and id give the same receipts. One that cannot be read stays there and holds up no other. A file whose name is in done
already, or is one of outcomes, gets a number, and takes no other file's place.
Both folders hold case data as the records system wrote them; only the agency's own user may look into them.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from accord.bootstrap.agency import Agency
from accord.bootstrap.disk import sync_folder, written
from accord.errors import IntakeRefused, Unready
from accord.gateway import Accepted, Group, Outcome, Refusal, Waiting, intake

SUFFIX = ".ndjson"
_OUTCOMES = f".receipts{SUFFIX}"
_LOOK_EVERY = 0.01  # seconds
_LONGEST_STEM = 200  # bytes; a file system has names of 255


@dataclass(slots=True)
class Taken:
    """What became of one file of the inbox: how many receipts, events that wait, and refusals."""

    name: str
    receipts: int = 0
    waiting: int = 0
    refused: int = 0


def take_inbox(agency: Agency, stopping: Callable[[], bool] = lambda: False) -> Iterator[Taken]:
    """Emit every file of the inbox; after each, what became of it.

    Once `stopping` says so no further event is taken, and the file in hand stays where it is. Raises what
    `Agency.emit` raises; then too. Raises Unready where the inbox cannot be listed, and, behind all the others, where a
    file of it cannot be read.
    """
    home = agency.settings.home
    inbox, done = home / "inbox", home / "done"
    for folder in (inbox, done):
        with _usable(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
    unread: list[_Left] = []
    for path in _left(inbox):
        left = _Left(path)
        with written(path):
            taken = _take(agency, left, done, stopping)
        if taken is not None:
            yield taken
        elif left.fault is not None:
            unread.append(left)
        else:
            return
    if unread:
        raise unread[0].as_error(len(unread))


def await_inbox(agency: Agency, seconds: float) -> bool:
    """Wait for so many seconds, and less where a file is left in the inbox; whether there is one. Raises Unready."""
    inbox, until = agency.settings.home / "inbox", time.monotonic() + seconds
    while not _left(inbox):
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_EVERY)
    return True


def _left(inbox: Path) -> list[Path]:
    """The files that are left there, in the order of their names."""
    with _usable(inbox), os.scandir(inbox) as found:
        names = [one.name for one in found if one.name.endswith(SUFFIX) and _is_file(one)]
    return [inbox / name for name in sorted(names) if not name.startswith(".")]


def _is_file(one: os.DirEntry[str]) -> bool:
    try:
        return one.is_file()
    except OSError:
        return True  # to be told as one that cannot be read


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unready(
            f"the folder cannot be used ({error.strerror})",
            where=str(folder),
            advice="Make it a folder that the agency's own user may read and write.",
        ) from error


class _Left:
    """A file of the inbox; `fault` says why it could not be read to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fault: OSError | None = None

    def events(self) -> Iterator[Group | Refusal]:
        """Its events; where it is no file of events as a whole, that one refusal."""
        try:
            with self.path.open("rb") as stream:
                yield from intake.read(stream)
        except IntakeRefused as fault:
            yield Refusal(Group(()), fault.where, fault.message, fault.advice)
        except OSError as error:
            self.fault = error

    def as_error(self, count: int) -> Unready:
        """That `count` files cannot be read, this one among them."""
        assert self.fault is not None
        others = f", nor can {count - 1} more" if count > 1 else ""
        return Unready(
            f"a file of the inbox cannot be read ({self.fault.strerror}){others}",
            where=str(self.path),
            advice="See to its permissions and the disk; it is taken as soon as it can be read.",
        )


def _take(agency: Agency, left: _Left, done: Path, stopping: Callable[[], bool]) -> Taken | None:
    """Take one file; None where it stays in the inbox: there is a stop, or it has a fault."""
    path, place = left.path, _free(done, left.path)
    outcomes = _outcomes(place)
    temporary = outcomes.with_name(f".{outcomes.name}.new")
    taken = Taken(_shown(path.name))
    with temporary.open("w", encoding="utf-8") as file:
        for outcome in agency.emit(_until(stopping, left.events())):  # step 1
            for said in _said(outcome, taken):
                file.write(json.dumps(said, sort_keys=True) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if left.fault is not None or stopping():
        temporary.unlink()
        return None
    temporary.replace(outcomes)  # step 2
    sync_folder(done)
    path.rename(place)  # step 3
    sync_folder(done)
    sync_folder(path.parent)
    return taken


def _shown(name: str) -> str:
    """A file's name as it can be written on one line anywhere."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name)


def _free(done: Path, path: Path) -> Path:
    """A name in done that no file has, short enough that what lies beside it can be named after it.

    Names that end with .receipts.ndjson are left to outcomes.
    """
    stem = os.fsdecode(os.fsencode(path.stem)[:_LONGEST_STEM])
    names = (f"{stem}{f'.{number}' if number > 1 else ''}{SUFFIX}" for number in count(1))
    return next(done / name for name in names if not (name.endswith(_OUTCOMES) or (done / name).exists()))


def _outcomes(place: Path) -> Path:
    """Where what became of the events of a file lies."""
    return place.with_name(f"{place.stem}{_OUTCOMES}")


def _until(stopping: Callable[[], bool], groups: Iterable[Group | Refusal]) -> Iterator[Group | Refusal]:
    for group in groups:
        if stopping():
            return
        yield group


def _said(outcome: Outcome, taken: Taken) -> Iterator[Mapping[str, Any]]:
    row = outcome.group.rows[0] if outcome.group.rows else None
    match outcome:
        case Accepted():
            taken.receipts += len(outcome.receipts)
            yield from ({"row": row, "receipt": receipt.as_json()} for receipt in outcome.receipts)
        case Waiting():
            taken.waiting += 1
            yield {"row": row, "waiting": outcome.field}
        case Refusal():
            taken.refused += 1
            yield {
                "row": row,
                "refused": {"where": outcome.where, "reason": outcome.reason, "advice": outcome.advice},
            }
