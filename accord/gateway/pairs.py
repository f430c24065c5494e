"""The keys that this publisher shares with each reader, and the control chains on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from accord.errors import NotAdopted
from accord.ports import Database
from accord.seal import Chain, control_chain
from accord.sources import Entropy
from accord.vault import Vault

_PAIR = b"pair key"


@dataclass(slots=True)
class Pair:
    """The key shared with one reader, and the control chain on it."""

    key: bytes
    generation: int
    control: Chain


class Pairs:
    """Pair keys by reader. Generations have their place in the store; the first is 0."""

    def __init__(self, database: Database, vault: Vault, entropy: Entropy, origin: bytes) -> None:
        self._database = database
        self._vault = vault
        self._entropy = entropy
        self._origin = origin
        self._held: dict[str, Pair] | None = None

    def reload(self) -> None:
        """Read keys and uses from the store again, once they are needed: a login that only reads may not see them."""
        self._held = None

    @property
    def _pairs(self) -> dict[str, Pair]:
        if self._held is None:
            self._held = dict(self._read())
        return self._held

    def _read(self) -> Iterator[tuple[str, Pair]]:
        rows = self._database.query(
            "SELECT reader, generation, secret, control_n FROM pair_key ORDER BY generation"
        )
        for reader, generation, secret, n in rows:
            key = self._vault.open(secret, _PAIR)
            yield reader, Pair(key, generation, control_chain(key, n))

    def share(
        self, seal_to: Callable[[str, bytes], bytes], slugs: Iterable[str], anew: Iterable[str] = ()
    ) -> None:
        """Draw a key for each reader that has none and keep it, sealed for its way to the reader.

        For those of `anew`, who have another HPKE key now, what is kept is sealed anew: so it goes if it is asked for again.
        """
        with self._database.transaction() as transaction:
            for slug in slugs:
                if slug not in self._pairs:
                    key = self._entropy.draw(32, b"pair", self._origin, slug.encode())
                    transaction.execute(
                        "INSERT INTO pair_key (reader, generation, secret, sealed, control_n) VALUES (?, 0, ?, ?, 0)",
                        (slug, self._vault.close(key, _PAIR), seal_to(slug, key)),
                    )
            for slug in anew:
                if slug in self._pairs:
                    pair = self._pairs[slug]
                    transaction.execute(
                        "UPDATE pair_key SET sealed = ? WHERE reader = ? AND generation = ?",
                        (seal_to(slug, pair.key), slug, pair.generation),
                    )
        self.reload()

    def __getitem__(self, slug: str) -> Pair:
        try:
            return self._pairs[slug]
        except KeyError:
            raise NotAdopted(
                "no key is shared with an agency", where=slug, advice="Adopt a memorandum that has its keys."
            ) from None

    def key(self, slug: str) -> bytes:
        """The key shared with a reader; raises NotAdopted."""
        return self[slug].key
