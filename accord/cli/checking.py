"""`accord verify`: every log, or receipts, offline."""

from __future__ import annotations

import json
from typing import Any

from accord.adapters.directory import Fault, Unreached
from accord.bootstrap import Agency, Checked, Settings, verify_home, verify_receipts
from accord.cli.call import Call, read_bytes
from accord.cli.words import Commands, command
from accord.errors import Damaged, Malformed, Unready

_ABOUT = """\
Reads every file of the wire, superseded ones and pending key messages included, this home's own
log and its copies of the others': every entry, tile, head and signature. Needs no network
where the wire needs none. Each fault names the log, the index and what is wrong.

With --receipt only those receipts are checked: the head's signature, the path to the head, that
the copy of the log in this home says the same, and, where this home can open the entry, that it
holds that event. FILE holds receipts as `accord emit --json`
printed them, one to a line.

Ends with 1 if anything is wrong, with 3 if nothing is, as far as it could be reached.

Examples:
  accord verify --home /srv/accord/auditor
  accord verify --receipt receipts.ndjson --home /srv/accord/police
"""


def add(commands: Commands) -> None:
    """The command verify."""
    made = command(commands, "verify", _verify, "check all logs, or a receipt, offline", _ABOUT)
    made.add_argument(
        "--receipt", metavar="FILE", help="check only the receipts in this file (- for standard input)"
    )


def _verify(call: Call) -> int:
    try:
        with call.agency() as agency:
            if call.arguments.receipt is not None:
                return _receipts(call, agency)
            faults, sizes = list(verify_home(agency, call.console.progress)), _sizes(agency)
    except Damaged as error:  # a database that does not even open is a fault like any other
        damaged = Fault(Settings.read(call.home).agency, None, error.where or "", error.message)
        faults, sizes = [damaged], {}
    return _told(call, faults, sizes)


def _sizes(agency: Agency) -> dict[str, int]:
    return {log.slug: log.size for log in agency.replica.logs()} | {agency.slug: agency.log.size}


def _told(call: Call, faults: list[Fault], sizes: dict[str, int]) -> int:
    away = [one for one in faults if isinstance(one, Unreached)]
    faults = [one for one in faults if not isinstance(one, Unreached)]
    said = {
        "verified": not faults,
        "logs": sizes,
        "faults": [*map(_fault, faults)],
        "unreached": [{"log": one.log, "reason": one.reason} for one in away],
    }
    lines = [str(one) for one in faults] + [f"not reached: {one.reason}" for one in away]
    entries = f"{sum(sizes.values())} entries of {len(sizes)} logs"
    lines.append(
        f"{len(faults)} fault(s); {entries} were read" if faults else f"{entries} verified; nothing is wrong"
    )
    call.console.answer(said, "\n".join(lines))
    return 1 if faults else Unready.exit_code if away else 0


def _fault(one: Fault) -> dict[str, Any]:
    return {"log": one.log, "index": one.index, "file": one.file, "reason": one.reason}


def _receipts(call: Call, agency: Agency) -> int:
    name = call.arguments.receipt
    checked = verify_receipts(agency, _texts(read_bytes(name, call), name))
    faults = [one.as_fault() for one in checked if one.fault]
    good = [one for one in checked if not one.fault]
    said = {
        "verified": not faults,
        "receipts": [_place(one) for one in good],
        "faults": [*map(_fault, faults)],
    }
    lines = [*map(str, faults), *map(_line, good), f"{len(good)} receipt(s) verified"]
    call.console.answer(said, "\n".join(lines + [f"{len(faults)} receipt(s) are wrong"] * bool(faults)))
    return 1 if faults else 0


def _place(one: Checked) -> dict[str, Any]:
    assert one.receipt is not None
    said = one.receipt
    return {"event_id": said.event_id, "origin": said.origin, "index": said.index, "event_seen": one.seen}


def _line(one: Checked) -> str:
    assert one.receipt is not None
    said = one.receipt
    if one.seen:
        return f"event {said.event_id} is entry {said.index} of {said.origin}"
    return f"entry {said.index} of {said.origin} stands; that it holds event {said.event_id} is not to be seen here"


def _texts(data: bytes, name: str) -> list[str]:
    """The receipts of a file: one JSON object, or one to a line; in a line of `accord emit`, its receipt."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Malformed("a receipt is JSON in UTF-8", where=name) from error
    whole = _object(text)
    parts = [text] if whole is not None else [line for line in text.splitlines() if line.strip()]
    found: list[str] = []
    for number, part in enumerate(parts, start=1):
        said = _object(part)
        if said is None:
            raise Malformed("a receipt is one JSON object", where=f"{name}, line {number}")
        if "outcome" not in said:
            found.append(part)
        elif "receipt" in said:
            found.append(json.dumps(said["receipt"]))
    if not found:
        raise Malformed("there is no receipt in it", where=name)
    return found


def _object(text: str) -> dict[str, Any] | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
