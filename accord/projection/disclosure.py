"""Every read is recorded by the agency that reads: who, what, when, why; in a log of its own that stays
with it.

The log is a tree like any other (accord.ledger); its entries are kept under the home's storage key, since
whom somebody looked up may itself reveal what nobody else should know.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from accord import catalog
from accord.keys import LogPrivateKey
from accord.ledger import Log, leaf_hash
from accord.ports import Database
from accord.sources import Clock
from accord.vault import Vault

READS_STEPS = catalog.steps("accord.projection", "reads")
_WHAT = b"disclosure"


@dataclass(slots=True, frozen=True)
class Disclosure:
    """One read: by whom, what was asked (a command or view), of which case, why, when (microseconds UTC)."""

    who: str
    what: str
    case: str | None
    why: str
    at: int


class ReadingLog:
    """The private log of what was read here; only its heads may ever leave."""

    def __init__(
        self,
        database: Database,
        origin: str,
        key_at: Callable[[int], LogPrivateKey],
        vault: Vault,
        clock: Clock,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self.log = Log(database, f"{origin}/reads", key_at)

    def record(self, who: str, what: str, case: str | None = None, why: str = "work on the case") -> None:
        """Record a read before its answer is shown; durable once it returns."""
        now = self._clock.now()
        said = json.dumps(asdict(Disclosure(who, what, case, why, now)), sort_keys=True)
        with self._database.transaction() as transaction:
            self.log.reload()  # another process may have recorded a read meanwhile
            index = self.log.size
            state = self._vault.close(said.encode(), _WHAT, index.to_bytes(8, "big"))
            extension = self.log.extend([leaf_hash(state)], now)
            transaction.execute(
                "INSERT INTO stored_events (idx, leaf, state) VALUES (?, ?, ?)",
                (index, leaf_hash(state), state),
            )
            for statement, rows in extension.statements:
                transaction.executemany(statement, rows)
        self.log.confirm(extension)

    def reads(self) -> Iterator[dict[str, Any]]:
        """Every read, the oldest first."""
        for (state,) in self._database.stream("SELECT state FROM stored_events ORDER BY idx"):
            yield json.loads(self._vault.open(bytes(state), _WHAT))
