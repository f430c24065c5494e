"""An agency renews its keys: which keys sign for its log from which size on, and the card by which it asks for the next.

    1. keys     hpke-N.pem, then log-N.pem: a pair that nobody knows of yet
    2. card     HOME/renewal.json: from here on nothing is signed for a size that it names or a larger one
    3. enrol    the board writes the card's keys into the next version of the memorandum, and a quorum signs it
    4. adopt    the new key signs from its size on, the first time with the entry that says so, or when the log comes there

If the process dies before 2, nothing has happened, and the pair is used the next time. Between 2 and 4 the log grows up to
the card's size and waits there; receiving and reading go on. What a home holds is told by its files alone: the rows that the
adopted memorandum gives the agency, and whether the card's keys are among them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.bootstrap.disk import replace_file
from accord.bootstrap.home import moment
from accord.bootstrap.keyring import Keys, make_pair
from accord.bootstrap.settings import Settings
from accord.errors import AccordError, NotAdopted, Unready, UsageRefused
from accord.keys import LogKeys, LogPrivateKey, hpke_public, log_public
from accord.ledger import Log
from accord.memorandum import KeysRow, Memorandum, Renewal, make_renewal, read_renewal

if TYPE_CHECKING:
    from accord.bootstrap.parts import Parts

CARD = "renewal.json"
AFTER = 1000
"""How many entries the log may still grow by under its old key, unless another number is asked for."""
Rows = Sequence[KeysRow]
_DAY = 86_400 * 1_000_000  # microseconds


def check_own(memorandum: Memorandum, slug: str, keys: Keys, known: Rows, size: int) -> None:
    """See that a version gives this agency keys of this home, and those that it did not give before for sizes to come.

    `known` are the rows followed so far, `size` is that of our log. Raises NotAdopted.
    """
    rows = memorandum.agencies[slug].keys
    held = {(log_public(pair.log), hpke_public(pair.hpke)) for pair in keys.pairs}
    if not rows or any((row.log, row.hpke) not in held for row in rows):
        raise NotAdopted(
            "the memorandum holds another key for this agency than this home does",
            where=slug,
            advice="Enrol the card of this home: HOME/enrolment.json, or HOME/renewal.json for renewed keys.",
        )
    if any(row.from_size <= size for row in rows[max(len(known), 1) :]):
        raise NotAdopted(
            f"the memorandum gives this agency new keys for entries that its log has under the old: it has {size}",
            where=slug,
            advice="Enrol HOME/renewal.json as it is.",
        )


def follow(signing: LogKeys, home: Path, keys: Keys, rows: Rows) -> None:
    """Sign from now on as these rows of the memorandum, and a card that waits for the next, say. Raises UsageRefused."""
    card = awaited(home, rows)
    signing.follow(
        [(row.from_size, _private(home, keys, row)) for row in rows] or [(0, keys.pairs[0].log)],
        card.from_size if card else None,
    )


def _private(home: Path, keys: Keys, row: KeysRow) -> LogPrivateKey:
    key = keys.log_key(row.log)
    if key is None:
        raise UsageRefused(
            "a log key that the memorandum names is not in this home",
            where=str(home / "keys"),
            advice="Bring HOME/keys back from a backup that was made after the keys were renewed.",
        )
    return key


def awaited(home: Path, rows: Rows) -> Renewal | None:
    """The card whose keys are not among these rows: it waits for a version to be adopted. Raises Unready."""
    try:
        card = read_renewal((home / CARD).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, AccordError) as error:
        raise Unready(
            "the renewal card cannot be read",
            where=str(home / CARD),
            advice="Bring it back as `accord keys renew` made it: the log must not grow beyond what it says.",
        ) from error
    return None if any(row.log == card.log_key for row in rows) else card


def renew(
    settings: Settings, passphrase: bytes, keys: Keys, rows: Rows, log: Log, after: int | None
) -> bytes:
    """Make the next pair and its card, for when the log has grown by `after` entries; returns the card's bytes.

    A card that waits already stays as it is, unless its keys are asked for earlier than it says. The caller holds the
    home, and has seen that the wire holds no more of the log than the store.
    """
    home = settings.home
    wanted = max(log.size + 1 + (AFTER if after is None else after), rows[-1].from_size + 1)
    card = awaited(home, rows)
    if card is not None and (after is None or card.from_size <= wanted):
        return (home / CARD).read_bytes()
    number = len(rows) + 1
    pair = (
        keys.pairs[len(rows)] if len(keys.pairs) >= number else make_pair(home, settings, passphrase, number)
    )
    made = make_renewal(
        settings.exchange,
        settings.agency,
        pair.log,
        hpke_public(pair.hpke),
        _private(home, keys, rows[-1]),
        wanted,
        log.root(log.size) if wanted == log.size + 1 else b"",
        moment(settings),
    )
    replace_file(home / CARD, made)
    return made


def keys_of(agency: Parts) -> list[dict[str, Any]]:
    """Every pair of this agency, the oldest first, JSON-able; raises NotAdopted before a memorandum gives it any."""
    rows = agency.memorandum.agencies[agency.slug].keys
    return list(_all_told(rows, awaited(agency.settings.home, rows), agency.log.size))


def log_growth(agency: Parts, days: int) -> int:
    """By how many entries our log has grown in so many days."""
    since = agency.clock.now() - days * _DAY
    found = agency.store.query("SELECT COALESCE(MAX(size), 0) FROM log_head WHERE at < ?", (since,))
    return agency.log.size - int(found[0][0])


def _all_told(rows: Rows, card: Renewal | None, size: int) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(rows):
        until = rows[number + 1].from_size if number + 1 < len(rows) else None
        state = "later" if row.from_size > size else "in force" if until is None or size < until else "before"
        yield _told(row.from_size, row.root, row.log, row.hpke, state)
    if card is not None:
        yield _told(card.from_size, card.root, card.log_key, card.hpke_key, "not adopted")


def _told(from_size: int, root: bytes, log: bytes, hpke: bytes, state: str) -> dict[str, Any]:
    log_key, hpke_key, stated = (base64.b64encode(one).decode() for one in (log, hpke, root))
    return {
        "from_size": from_size,
        "state": state,
        "log_key": log_key,
        "hpke_key": hpke_key,
        "root": stated or None,
    }
