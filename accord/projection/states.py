"""The state of every field of every event, never confused with another.

| state          | what it says                                                                        |
|----------------|-------------------------------------------------------------------------------------|
| readable       | opened here; the value follows                                                      |
| not stated     | opened here; the publisher left it out                                              |
| withheld       | the header shows that the field exists, and this role has no clause or no key to it |
| awaiting key   | entitled and granted; the key has not arrived (since when, from whom)               |
| counted        | may only be counted; never shown beside a case                                      |
| sealed         | a court sealed the file; the value is forgotten here                                |
| expunged       | a court ordered the file destroyed                                                  |
| not understood | the event or its memorandum is newer than this software                             |

Two states belong to what is absent, and come from the obligations: missing (an obligation says it should
exist) and log silent (it may exist; nothing was heard of the log for a day, and nothing is called overdue
from it).
"""

from __future__ import annotations

from collections.abc import Mapping

from accord.memorandum import Memorandum
from accord.schema import Vocabulary

READABLE = "readable"
NOT_STATED = "not stated"
WITHHELD = "withheld"
AWAITING = "awaiting key"
COUNTED = "counted"
SEALED = "sealed"
EXPUNGED = "expunged"
NOT_UNDERSTOOD = "not understood"
MISSING = "missing"
SILENT = "log silent"

IN_FORCE = "in force"  # of an event: neither corrected nor voided ...
EXPIRED = "expired"  # ... and the last day that it says it holds (expires_on) has passed


class States:
    """What state each field of an event is in, from the masks of its header; answers are remembered.

    `held` says which fields of a kind the projection has a column for, `counts` which may only be counted.
    """

    def __init__(
        self,
        memoranda: Mapping[bytes, Memorandum],
        vocabulary: Vocabulary,
        held: Mapping[str, frozenset[str]],
        counts: Mapping[str, frozenset[str]],
    ) -> None:
        self._memoranda, self._vocabulary = memoranda, vocabulary
        self._held, self._counts = held, counts
        self._known: dict[tuple[str, str, int, int, str], dict[str, str]] = {}

    def of(self, kind: str, memorandum: str, opened: int, awaiting: int, sealed: str) -> Mapping[str, str]:
        """Field to state, in schema order; a readable field without a value is to be called not stated.

        `memorandum` is the SHA-256 (hex) that the entry names; `sealed` is "", "sealed" or "expunged".
        """
        key = (kind, memorandum, opened, awaiting, sealed)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(*key)
        return found

    def _work_out(
        self, kind: str, memorandum: str, opened: int, awaiting: int, sealed: str
    ) -> dict[str, str]:
        spec = self._vocabulary.events.get(kind)
        if spec is None:
            return {}
        if sealed:
            return dict.fromkeys(spec.names, sealed)
        agreement = self._memoranda.get(bytes.fromhex(memorandum))
        if agreement is None:
            return dict.fromkeys(spec.names, NOT_UNDERSTOOD)
        bits = {name: audience.index for audience in agreement.audiences(kind) for name in audience.fields}
        return {
            name: self._state(kind, name, opened >> bits[name] & 1, awaiting >> bits[name] & 1)
            for name in spec.names
        }

    def _state(self, kind: str, name: str, opened: int, awaiting: int) -> str:
        if name in self._counts.get(kind, ()):
            return COUNTED if opened else AWAITING if awaiting else WITHHELD
        if opened:
            return READABLE if name in self._held.get(kind, ()) else WITHHELD
        return AWAITING if awaiting else WITHHELD
