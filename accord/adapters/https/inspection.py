"""Reading all of a wire over HTTPS that one agency can see: its own folder, the others' logs, the keys left for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from accord.adapters.directory import (
    KEYS,
    Fault,
    Progress,
    Unreached,
    covers_name,
    inspect_key_bundle,
    inspect_log,
)
from accord.adapters.directory import inspect as inspect_folder
from accord.adapters.https.wire import HttpsWire
from accord.errors import Unreachable
from accord.ledger import KeyAt

Logs = Mapping[str, tuple[str, KeyAt]]


def inspect(wire: HttpsWire, logs: Logs) -> Iterator[Fault | Progress]:
    """Read every file that we can see and tell of each that is not as it must be, and of each agency not reached.

    Our own folder is read as a directory wire is, whatever lies in it. Of another agency's folder a server shows what
    the head needs and the key bundles left for us; superseded files it does not list, and key bundles for others it
    does not show. `logs` gives, by slug, the name of each log and the public key that it has at a size. An agency whose
    server is slower than a slow line is one not reached.
    """
    wire.begin_turn(for_all=True)
    for found in inspect_folder(wire.own.root, logs):
        if not isinstance(found, Progress) or found.log == wire.slug:
            yield found
    for slug, (origin, key_at) in logs.items():
        if slug != wire.slug:
            try:
                yield from inspect_log(wire.log(slug), origin, key_at)
                yield from _keys(wire, slug, origin, key_at)
            except Unreachable as error:
                yield Unreached(slug, None, error.where or slug, error.message)


def _keys(wire: HttpsWire, slug: str, origin: str, key_at: KeyAt) -> Iterator[Fault]:
    for covers in wire.pending(wire.slug, slug):
        path = f"{KEYS}/{wire.slug}/{slug}/{covers_name(covers)}"
        read = partial(wire.read_key, wire.slug, slug, covers)
        yield from inspect_key_bundle(read, path, (origin, key_at), wire.slug, covers)
