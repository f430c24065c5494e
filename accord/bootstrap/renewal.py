"""An agency renews its keys: which keys sign for its log from which size on, and the card by which it asks for the next.

    1. keys     hpke-N.pem, then log-N.pem: a pair that nobody knows of yet
    2. card     HOME/renewal.json: from here on this home signs for no size that it names, nor a larger one
    3. store    the same for every copy of the home that shares the store; only now is the card shown to anybody
    4. enrol    the board writes the card's keys into the next version of the memorandum, and a quorum signs it
    5. adopt    the new key signs from its size on: the entry that says so, or what comes when the log has grown so far

If the process dies before 2, nothing has happened, and the pair is used the next time; before 3, the same command goes on
there. Until 5 the log grows up to the card's size and waits; receiving and reading go on. Whether it waits is told by the
adopted memorandum alone: whether a row of ours begins where the card says, or later.
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
from accord.errors import AccordError, NotAdopted, SignatureInvalid, Unready, UsageRefused
from accord.keys import LogKeys, LogPrivateKey, hpke_public, log_public
from accord.ledger import Log, open_head
from accord.memorandum import Agency, KeysRow, Memorandum, Renewal, make_renewal, read_renewal
from accord.ports import Database, typed

if TYPE_CHECKING:
    from accord.bootstrap.parts import Parts

CARD = "renewal.json"
AFTER = 1000
"""How many entries the log may still grow by under its old key, unless another number is asked for."""
Rows = Sequence[KeysRow]
_STOP = (
    "INSERT INTO progress (name, value) VALUES ('keys_stop', ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_DAY = 86_400 * 1_000_000  # microseconds


def check_own(memorandum: Memorandum, slug: str, keys: Keys, log: Log, known: Rows, stop: int | None) -> None:
    """See that a version gives this agency keys of this home, each from a size from which no other has signed, and no root
    but our log's: the others would refuse the log for good.

    `known` are the rows followed so far, `stop` is the size from which on nothing is signed under them. Raises NotAdopted.
    """
    member = memorandum.agencies[slug]
    new = member.keys[len(known) :]
    held = {(log_public(pair.log), hpke_public(pair.hpke)) for pair in keys.pairs}
    if not member.keys or any((row.log, row.hpke) not in held for row in member.keys):
        raise NotAdopted(
            "the memorandum holds another key for this agency than this home does",
            where=slug,
            advice="Enrol the card of this home: HOME/enrolment.json, or HOME/renewal.json for renewed keys.",
        )
    heads = [log.first_head(row.from_size) for row in member.keys]
    if not all(head is None or _signed(head, log.origin, member) for head in heads):
        raise NotAdopted(
            "the memorandum gives this agency other keys for entries that its log has than those that signed them",
            where=slug,
            advice="Enrol HOME/renewal.json as it is.",
        )
    if stop is not None and new and new[0].from_size < stop:
        raise NotAdopted(
            f"the memorandum gives this agency new keys before size {stop}, for which it has asked",
            where=slug,
            advice="Enrol HOME/renewal.json as it is.",
        )
    if any(size > log.size or log.root(size) != root for size, root in member.stated_roots.items()):
        raise NotAdopted(
            "the memorandum states a root that our log does not have",
            where=slug,
            advice="Enrol HOME/renewal.json as it is.",
        )


def _signed(head: str, origin: str, member: Agency) -> bool:
    try:
        open_head(head, origin, member.log_key_at)
    except SignatureInvalid:
        return False
    return True


def follow(signing: LogKeys, home: Path, keys: Keys, rows: Rows, database: Database) -> None:
    """Sign from now on as these rows of the memorandum, and what waits for the next, say. Raises UsageRefused."""
    card, stored = awaited(home, rows), _stored(database, rows)
    stops = [card.from_size] if card else []
    signing.follow(
        [(row.from_size, _private(home, keys, row)) for row in rows] or [(0, keys.pairs[0].log)],
        min([*stops, *stored], default=None),
    )


def _stored(database: Database, rows: Rows) -> list[int]:
    """From which size on the store says that nothing is signed, where no row begins there or later."""
    found = database.query("SELECT value FROM progress WHERE name = 'keys_stop'")
    return [size for (size,) in typed(found, database.name, int) if rows and size > rows[-1].from_size]


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
    settings: Settings,
    passphrase: bytes,
    keys: Keys,
    rows: Rows,
    log: Log,
    database: Database,
    after: int | None,
) -> bytes:
    """Make the next pair and its card, for when the log has grown by `after` entries; returns the card's bytes.

    A card that waits already stays as it is, unless its keys are asked for earlier than it says. The caller holds the
    home, and has seen that the wire holds no more of the log than the store. Raises UsageRefused in another copy of the
    home than the one where the card is.
    """
    card = awaited(settings.home, rows)
    if card is None and _stored(database, rows):
        raise UsageRefused(
            "the keys are being renewed in another copy of this home",
            where=str(settings.home),
            advice="Go on there; here too, its HOME/keys is needed before the new version is adopted.",
        )
    made = _card(settings, passphrase, keys, rows, log, after, card)  # steps 1 and 2
    with database.transaction() as transaction:  # step 3
        transaction.execute(_STOP, (read_renewal(made).from_size,))
    return made


def _card(
    settings: Settings,
    passphrase: bytes,
    keys: Keys,
    rows: Rows,
    log: Log,
    after: int | None,
    card: Renewal | None,
) -> bytes:
    home = settings.home
    wanted = max(log.size + 1 + (AFTER if after is None else after), rows[-1].from_size + 1)
    if card is not None and log.size < card.from_size and (after is None or card.from_size <= wanted):
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
