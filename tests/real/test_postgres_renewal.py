"""Keys that are renewed by one of two machines whose homes share a database in PostgreSQL: the other one waits as well."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from accord.bootstrap import opened, verify_home
from accord.errors import NotAdopted, RenewalAwaited, UsageRefused
from accord.gateway import Accepted, Group
from tests.exchange import Exchange, arrest, found
from tests.real.postgres import Server
from tests.renewing import next_version


def emitted(exchange: Exchange, home: Path, number: str) -> list[object]:
    with opened(home, {}) as police:
        return list(police.emit([Group((arrest(number),))]))


def test_the_other_machine_neither_signs_nor_makes_other_keys(postgres: Server, folder: Path) -> None:
    names: list[str] = []

    def database(slug: str) -> str:
        names.append(postgres.database())
        return names[-1]

    exchange = found(folder / "renewal", "police", "prosecutor", stores=database)
    home = exchange.home("police")
    exchange.release()
    other = home.with_name("police-elsewhere")
    shutil.copytree(home, other)
    version = next_version(exchange, exchange.agency("police").renew_keys(0))
    size = exchange.agency("police").log.size
    exchange.release()
    with pytest.raises(RenewalAwaited):
        emitted(exchange, other, "A2400001")
    with opened(other, {}) as police, pytest.raises(UsageRefused, match="another copy"):
        police.renew_keys(None)
    with opened(other, {}) as police, pytest.raises(NotAdopted, match="another key"):
        police.adopt(*version)
    for slug in exchange.slugs:
        exchange.agency(slug).adopt(*version)
    exchange.sync_all()
    exchange.release()
    for name in ("log-2.pem", "hpke-2.pem"):
        shutil.copy(home / "keys" / name, other / "keys")
    with opened(other, {}) as police:
        assert not police.adopt(*version)  # by an entry that the first machine has made
    assert isinstance(emitted(exchange, other, "A2400001")[0], Accepted)
    exchange.sync_all()
    assert exchange.agency("police").log.size > size + 1
    for slug in exchange.slugs:
        assert [str(fault) for fault in verify_home(exchange.agency(slug))] == []
    exchange.release()
    postgres.drop(*(url.rpartition("/")[2] for url in names))
