"""Promise: an agency renews its keys from a stated size of its log on; what it said before stays good, and whoever has the
old key can say nothing more in its name.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from accord.adapters.directory import DirectoryWire
from accord.bootstrap import Agency, Beat, read_keys, read_passphrase, verify_home, verify_receipts
from accord.errors import AccordError, GrantFaulty, NotAdopted, RenewalAwaited, Unready, UsageRefused
from accord.gateway import Accepted, Receipt, Waiting
from accord.keys import LogPrivateKey, hpke_open
from accord.ledger import Checkpoint, Tree, leaf_hash, sign_checkpoint
from accord.memorandum import read_renewal
from accord.ports import Bundle
from accord.projection import Projection, digest
from accord.replica import LogState, pair_info
from services import gateway
from tests.exchange import START, Exchange, acceptance, arrest, found, referral
from tests.renewing import next_draft, next_version, signed

Version = tuple[bytes, bytes, bytes]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "prosecutor", "advocacy")
    accepted(made, 1)
    made.sync_all()
    yield made
    made.release()


def accepted(exchange: Exchange, *numbers: int) -> list[Receipt]:
    """The police make these arrests; their receipts."""
    receipts = []
    for one in exchange.emit("police", *(arrest(f"A24{number:05}") for number in numbers)):
        assert isinstance(one, Accepted), one
        receipts += one.receipts
    return receipts


def adopt(exchange: Exchange, version: Version, *slugs: str) -> None:
    for slug in slugs or exchange.slugs:
        exchange.agency(slug).adopt(*version)


def renewed(exchange: Exchange, slug: str = "police", after: int = 0) -> Version:
    """The version in which this agency has new keys."""
    return next_version(exchange, exchange.agency(slug).renew_keys(after))


def state(exchange: Exchange, reader: str, slug: str) -> LogState:
    return next(log for log in exchange.agency(reader).replica.logs() if log.slug == slug)


def nothing_wrong(exchange: Exchange) -> None:
    for slug in exchange.slugs:
        assert list(verify_home(exchange.agency(slug))) == [], slug
        assert {log.fault for log in exchange.agency(slug).replica.logs()} == {None}, slug


def old_key(exchange: Exchange) -> LogPrivateKey:
    """The police's first log key, as somebody else has it."""
    home = exchange.home("police")
    return read_keys(home, read_passphrase(home, {})).pairs[0].log


def put_on_the_wire(exchange: Exchange, entries: Sequence[bytes], key: LogPrivateKey) -> None:
    """Put another log of the police in the place of theirs."""
    tree = Tree()
    tree.append_many([leaf_hash(one) for one in entries])
    origin = exchange.agency("police").log.origin
    note = sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), key)
    shutil.rmtree(exchange.wire / "police")
    DirectoryWire(exchange.wire).publish(Bundle("police", 0, entries, note))


def own_entries(exchange: Exchange) -> list[bytes]:
    rows = exchange.agency("police").store.query("SELECT state FROM stored_events ORDER BY idx")
    return [bytes(row[0]) for row in rows]


# ---- It goes on ----


@pytest.mark.parametrize("after", [0, 5])
def test_the_exchange_goes_on_and_everybody_verifies_everything(exchange: Exchange, after: int) -> None:
    police = exchange.agency("police")
    before = accepted(exchange, 2)
    size, old = police.log.size, police.signing.public_at(0)
    card = read_renewal(police.renew_keys(after))
    assert card.from_size == size + 1 + after
    assert card.root == (police.log.root(size) if after == 0 else b"")
    adopt(exchange, renewed(exchange, after=after))
    exchange.sync_all()
    later = accepted(exchange, 3, 4, 5)
    exchange.sync_all()
    assert police.log.size >= card.from_size
    sizes = (0, card.from_size - 1, card.from_size)
    assert [police.signing.public_at(one) for one in sizes] == [old, old, card.log_key]
    nothing_wrong(exchange)
    receipts = [*before, *later]
    for slug in exchange.slugs:
        told = [json.dumps(one.as_json()) for one in receipts]
        checked = verify_receipts(exchange.agency(slug), told)
        assert [one.receipt for one in checked] == receipts
        assert not any(one.fault for one in checked)


def test_keys_are_renewed_again_and_by_several_agencies_at_once(exchange: Exchange) -> None:
    for number in (2, 3):
        cards = [exchange.agency(slug).renew_keys(0) for slug in exchange.slugs]
        adopt(exchange, next_version(exchange, *cards))
        exchange.sync_all()
        accepted(exchange, number)
        exchange.sync_all()
    assert [len(exchange.agency(slug).own_rows) for slug in exchange.slugs] == [3, 3, 3]
    nothing_wrong(exchange)


def test_who_joins_later_verifies_what_was_signed_by_either_key(exchange: Exchange) -> None:
    first = (exchange.text, exchange.clauses, exchange.signatures)
    second = renewed(exchange)
    adopt(exchange, second)
    accepted(exchange, 2)
    exchange.sync_all()
    exchange.slugs = (*exchange.slugs, "auditor")
    for version in (first, second):
        exchange.agency("auditor").adopt(*version)
    exchange.sync_all()
    assert state(exchange, "auditor", "police").size == exchange.agency("police").log.size
    nothing_wrong(exchange)


def test_the_log_waits_and_everything_else_goes_on(exchange: Exchange) -> None:
    police = exchange.agency("police")
    version, size = renewed(exchange), police.log.size
    with pytest.raises(RenewalAwaited, match=f"may have {size} entries"):
        accepted(exchange, 2)
    assert police.sync().waits is None  # there was nothing to append
    adopt(exchange, version, "prosecutor")
    exchange.agency("prosecutor").sync()
    assert police.sync().received  # that they have adopted it
    exchange.set_clocks(START + timedelta(days=2))  # a head of the reading log is due
    exchange.agency("police").reads.record("officer", "cases")
    done = exchange.agency("police").sync()
    assert "our log waits" in (done.waits or "")
    assert exchange.agency("police").log.size == size
    adopt(exchange, version, "police", "advocacy")
    accepted(exchange, 2)
    exchange.sync_all()
    nothing_wrong(exchange)


def test_a_log_that_waits_takes_what_still_fits(exchange: Exchange) -> None:
    police = exchange.agency("police")
    version = renewed(exchange, after=5)
    stop = police.log.size + 5
    taken = list(taken_until_it_waits(exchange))
    assert taken
    assert stop - 2 <= police.log.size <= stop
    exchange.sync_all()
    adopt(exchange, version)
    accepted(exchange, taken[-1] + 1)  # the one that did not fit
    exchange.sync_all()
    nothing_wrong(exchange)


def taken_until_it_waits(exchange: Exchange) -> Iterator[int]:
    for number in range(10, 20):
        try:
            accepted(exchange, number)
        except RenewalAwaited:
            return
        yield number


def test_who_has_not_adopted_yet_waits_for_the_log_and_goes_on_from_there(exchange: Exchange) -> None:
    police, advocacy = exchange.agency("police"), exchange.agency("advocacy")
    version = renewed(exchange)
    adopt(exchange, version, "police", "prosecutor")
    accepted(exchange, 2)
    for slug in ("police", "prosecutor", "police", "prosecutor"):
        exchange.agency(slug).sync()
    size = advocacy.replica.sizes()["police"]
    for _ in range(2):
        advocacy.sync()
        states = {log.slug: log.fault for log in advocacy.replica.logs()}
        assert "newer version of the memorandum" in (states.pop("police") or "")
        assert set(states.values()) == {None}  # nothing else stops
        assert advocacy.replica.sizes()["police"] == size
    adopt(exchange, version, "advocacy")
    exchange.sync_all()
    assert advocacy.replica.sizes()["police"] == police.log.size
    nothing_wrong(exchange)
    assert digest(advocacy.projection) == digest(received_anew(exchange, "advocacy"))


def received_anew(exchange: Exchange, slug: str) -> Projection:
    """The projection of a home that has lost what it received: it asks for the keys, and opens everything again."""
    exchange.set_clocks(START + timedelta(hours=2))
    for path in exchange.home(slug).glob("*.db*"):
        if path.name.startswith(("replica", "projection")):
            path.unlink()
    exchange.sync_all()
    exchange.set_clocks(START + timedelta(hours=3))
    exchange.sync_all()
    return exchange.agency(slug).projection


# ---- Who has the old key ----


def test_the_old_key_extends_the_log_for_nobody_who_has_adopted(exchange: Exchange) -> None:
    key = old_key(exchange)
    adopt(exchange, renewed(exchange))
    exchange.sync_all()
    kept = shutil.copytree(exchange.wire / "police", exchange.root / "kept")
    size = state(exchange, "advocacy", "police").size
    put_on_the_wire(exchange, [*own_entries(exchange), own_entries(exchange)[0]], key)
    for slug in ("advocacy", "prosecutor"):
        exchange.agency(slug).sync()
        assert state(exchange, slug, "police").size == size
        assert "not signed by the key" in (state(exchange, slug, "police").fault or "")
    shutil.rmtree(exchange.wire / "police")
    kept.rename(exchange.wire / "police")
    accepted(exchange, 2)
    exchange.sync_all()
    nothing_wrong(exchange)


def test_a_history_that_was_rewritten_with_the_old_key_is_refused_by_the_stated_root(
    exchange: Exchange,
) -> None:
    key, entries = old_key(exchange), own_entries(exchange)
    first = (exchange.text, exchange.clauses, exchange.signatures)
    second = renewed(exchange)
    adopt(exchange, second)
    exchange.sync_all()
    kept = shutil.copytree(exchange.wire / "police", exchange.root / "kept")
    put_on_the_wire(exchange, entries[::-1], key)  # as long as it was, with the entries in another order
    exchange.slugs = (*exchange.slugs, "auditor")
    auditor = exchange.agency("auditor")
    for version in (first, second):
        auditor.adopt(*version)
    auditor.sync()
    assert "memorandum states" in (state(exchange, "auditor", "police").fault or "")
    assert state(exchange, "auditor", "police").size == 0
    shutil.rmtree(exchange.wire / "police")
    kept.rename(exchange.wire / "police")
    exchange.sync_all()
    assert state(exchange, "auditor", "police").size == exchange.agency("police").log.size
    nothing_wrong(exchange)


def test_a_history_that_was_believed_before_the_change_is_told_of_by_verify(exchange: Exchange) -> None:
    """A reader that the thief reached first cannot be helped by the memorandum; it can be told."""
    key, entries = old_key(exchange), own_entries(exchange)
    first = (exchange.text, exchange.clauses, exchange.signatures)
    second = renewed(exchange)
    put_on_the_wire(exchange, entries[::-1], key)
    exchange.slugs = (*exchange.slugs, "auditor")
    auditor = exchange.agency("auditor")
    auditor.adopt(*first)
    auditor.sync()
    assert state(exchange, "auditor", "police").size == len(entries)
    auditor.adopt(*second)
    told = [fault.reason for fault in verify_home(auditor) if fault.file == "replica.db"]
    assert any("memorandum states" in reason for reason in told)


def test_the_old_key_cannot_silence_the_log_with_a_fork(exchange: Exchange) -> None:
    key, entries = old_key(exchange), own_entries(exchange)
    version = renewed(exchange)
    adopt(exchange, version, "advocacy")
    kept = shutil.copytree(exchange.wire / "police", exchange.root / "kept")
    put_on_the_wire(exchange, entries[::-1], key)
    exchange.agency("advocacy").sync()
    assert "given up" in (state(exchange, "advocacy", "police").fault or "")
    shutil.rmtree(exchange.wire / "police")
    kept.rename(exchange.wire / "police")
    adopt(exchange, version, "police", "prosecutor")
    accepted(exchange, 2)
    exchange.sync_all()
    nothing_wrong(exchange)


# ---- What the home refuses ----


def test_the_same_card_is_made_once_and_asked_for_earlier_once_more(exchange: Exchange) -> None:
    police = exchange.agency("police")
    first = police.renew_keys(None)
    accepted(exchange, 2)
    assert police.renew_keys(None) == police.renew_keys(1000) == first
    earlier = police.renew_keys(0)
    assert read_renewal(earlier).from_size == police.log.size + 1
    assert read_renewal(earlier).log_key == read_renewal(first).log_key
    assert police.renew_keys(5) == police.renew_keys(None) == earlier
    adopt(exchange, next_version(exchange, earlier))
    assert read_renewal(police.renew_keys(None)).log_key != read_renewal(first).log_key  # the third


def test_a_version_with_keys_that_are_not_the_homes_is_not_adopted(exchange: Exchange) -> None:
    version = renewed(exchange)
    exchange.set_clocks(START + timedelta(hours=1))
    home = exchange.home("police")
    for name in ("log-2", "hpke-2"):
        (home / "keys" / f"{name}.pem").rename(home / f"{name}.pem")
    with pytest.raises(NotAdopted, match="another key"):
        exchange.agency("police").adopt(*version)
    exchange.release()
    for name in ("log-2", "hpke-2"):
        (home / f"{name}.pem").rename(home / "keys" / f"{name}.pem")
    adopt(exchange, version)
    exchange.release()
    (home / "keys" / "log-2.pem").unlink()
    with pytest.raises(UsageRefused, match="not in this home"):
        exchange.agency("police")


def test_a_copy_of_the_home_waits_as_well_and_makes_no_other_keys(exchange: Exchange) -> None:
    version, size = renewed(exchange), exchange.agency("police").log.size
    exchange.release()
    card = exchange.home("police") / "renewal.json"
    card.rename(exchange.root / "renewal.json")  # the store is shared, the folder is not
    with pytest.raises(RenewalAwaited):
        accepted(exchange, 2)
    with pytest.raises(UsageRefused, match="another copy"):
        exchange.agency("police").renew_keys(0)
    assert exchange.agency("police").log.size == size
    adopt(exchange, version)
    accepted(exchange, 2)
    exchange.sync_all()
    nothing_wrong(exchange)


def lost_stop(exchange: Exchange) -> None:
    """As after a death between the card and the store."""
    with exchange.agency("police").store.transaction() as transaction:
        transaction.execute("DELETE FROM progress WHERE name = 'keys_stop'")
    exchange.release()


def test_the_card_alone_makes_the_log_wait_and_the_same_command_tells_the_store(exchange: Exchange) -> None:
    card = exchange.agency("police").renew_keys(0)
    lost_stop(exchange)
    with pytest.raises(RenewalAwaited):
        accepted(exchange, 2)
    assert exchange.agency("police").renew_keys(0) == card
    exchange.release()
    (exchange.home("police") / "renewal.json").unlink()
    with pytest.raises(RenewalAwaited):
        accepted(exchange, 2)


def test_a_card_that_nobody_can_have_seen_and_the_log_has_outgrown_is_made_anew(exchange: Exchange) -> None:
    """Between the card and the store the process died, and a copy of the home went on."""
    card = read_renewal(exchange.agency("police").renew_keys(0))
    lost_stop(exchange)
    path = exchange.home("police") / "renewal.json"
    path.rename(exchange.root / "renewal.json")
    accepted(exchange, 2)
    exchange.release()
    (exchange.root / "renewal.json").rename(path)
    police = exchange.agency("police")
    again = read_renewal(police.renew_keys(0))
    assert (again.log_key, again.from_size) == (card.log_key, police.log.size + 1)
    adopt(exchange, next_version(exchange, police.renew_keys(None)))
    accepted(exchange, 3)
    exchange.sync_all()
    nothing_wrong(exchange)


def test_what_waits_for_a_citation_waits_on_while_the_log_waits(exchange: Exchange) -> None:
    prosecutor = exchange.agency("prosecutor")
    assert [type(one) for one in exchange.emit("prosecutor", acceptance("A2400001"))] == [Waiting]
    version = renewed(exchange, "prosecutor")
    sent = exchange.emit("police", referral("A2400001"))  # of the arrest that was made before
    assert [type(one) for one in sent] == [Accepted], sent
    exchange.agency("police").sync()
    done = prosecutor.sync()
    assert (done.released, "our log waits" in (done.waits or "")) == (0, True)
    assert len(prosecutor.publisher.waiting()) == 1
    adopt(exchange, version)
    exchange.agency("police").sync()
    assert prosecutor.sync().released == 1
    exchange.sync_all()
    nothing_wrong(exchange)


def test_a_row_for_entries_that_the_old_key_has_signed_is_not_adopted(exchange: Exchange) -> None:
    police = exchange.agency("police")
    police.renew_keys(0)
    card = exchange.home("police") / "renewal.json"
    version = next_version(exchange, card.read_bytes())
    exchange.release()
    card.unlink()
    lost_stop(exchange)
    accepted(exchange, 2)
    with pytest.raises(NotAdopted, match="other keys for entries"):
        exchange.agency("police").adopt(*version)


def test_a_root_that_our_log_does_not_have_is_not_adopted(exchange: Exchange) -> None:
    """Somebody has changed the draft by hand, and a quorum has not looked."""
    card = exchange.agency("police").renew_keys(0)
    path = next_draft(exchange, card)
    root = read_renewal(card).root
    wrong, right = (base64.b64encode(one) for one in (root[::-1], root))
    path.write_bytes(path.read_bytes().replace(right, wrong))
    with pytest.raises(NotAdopted, match="root that our log"):
        exchange.agency("police").adopt(*signed(exchange, path))


def test_a_size_below_the_one_that_was_asked_for_is_not_adopted(exchange: Exchange) -> None:
    card = exchange.agency("police").renew_keys(50)
    path, size = next_draft(exchange, card), read_renewal(card).from_size
    path.write_bytes(path.read_bytes().replace(b"from_size = %d" % size, b"from_size = %d" % (size - 1)))
    with pytest.raises(NotAdopted, match=f"before size {size}"):
        exchange.agency("police").adopt(*signed(exchange, path))


def test_a_version_without_the_new_keys_is_followed_and_said_later(exchange: Exchange) -> None:
    """The board had agreed on it before the card came; the log waits all the same, and the version after it has the keys."""
    police = exchange.agency("police")
    card, size = police.renew_keys(0), police.log.size
    second = next_version(exchange)
    with pytest.raises(RenewalAwaited):
        police.adopt(*second)
    exchange.release()
    assert (exchange.agency("police").memorandum.version, exchange.agency("police").log.size) == (2, size)
    for slug in ("prosecutor", "advocacy"):
        exchange.agency(slug).adopt(*second)
    adopt(exchange, next_version(exchange, card))
    accepted(exchange, 2)
    exchange.sync_all()
    assert exchange.agency("police").log.size > size
    nothing_wrong(exchange)


def test_the_inbox_waits_untouched_and_what_the_log_has_is_published(exchange: Exchange) -> None:
    exchange.agency("police").renew_keys(1)
    inbox = exchange.home("police") / "inbox"
    inbox.mkdir()
    lines = [{"source": "/rms", "id": f"{n}", **event(f"A24{n:05}")} for n in range(5)]
    left = "".join(json.dumps(line) + "\n" for line in lines)
    (inbox / "arrests.ndjson").write_text(left)
    police = exchange.agency("police")
    version = next_version(exchange, police.renew_keys(None))
    with pytest.raises(RenewalAwaited):
        gateway.turn(police, lambda: False)
    assert (inbox / "arrests.ndjson").read_text() == left
    assert police.unpublished == 0
    adopt(exchange, version)
    assert "5 receipts" in (gateway.turn(police, lambda: False) or "")
    assert not list(inbox.iterdir())
    exchange.sync_all()
    nothing_wrong(exchange)


def test_a_service_stays_at_work_while_the_log_waits(exchange: Exchange) -> None:
    exchange.agency("police").renew_keys(0)
    exchange.release()
    inbox = exchange.home("police") / "inbox"
    inbox.mkdir()
    line = {"source": "/rms", "id": "1", **event("A2400009")}
    (inbox / "arrests.ndjson").write_text(json.dumps(line) + "\n")
    watcher = Watcher()
    beat = Beat(exchange.home("police"), {}, gateway.turn, watcher, lambda agency, seconds: False)
    watcher.beat = beat
    beat.run()  # what a person has to look at would come out of it
    assert ["our log waits" in told for told in watcher.told] == [True]


class Watcher:
    """Stops the beat when it has been told of a failure."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.beat: Beat | None = None

    def said(self, line: str) -> None: ...

    def went_well(self, agency: Agency) -> None: ...

    def failed(self, error: AccordError, *, again: bool) -> None:
        self.told.append(error.message)
        assert self.beat is not None
        self.beat.stop.set()


def event(number: str) -> dict[str, object]:
    made = arrest(number)
    return {"type": made.type, "subject": made.subject, "data": made.data}


def test_a_damaged_card_is_not_taken_for_none(exchange: Exchange) -> None:
    exchange.agency("police").renew_keys(0)
    exchange.release()
    card = exchange.home("police") / "renewal.json"
    card.write_bytes(card.read_bytes()[:-2])
    with pytest.raises(Unready, match="renewal card cannot be read"):
        exchange.agency("police")


# ---- The other key, and the reading log ----


def test_what_was_sealed_to_either_hpke_key_is_opened_and_what_is_sealed_now_to_the_new_one_only(
    exchange: Exchange,
) -> None:
    police = exchange.agency("police")
    stored = "SELECT sealed FROM pair_key WHERE reader = 'prosecutor'"
    sealed = bytes(police.store.query(stored)[0][0])
    version = renewed(exchange, "prosecutor")
    adopt(exchange, version, "prosecutor")
    exchange.slugs = ("police", "prosecutor")
    before = digest(received_anew(exchange, "prosecutor"))  # the police seal to the key that they know
    adopt(exchange, version, "police")
    resealed = bytes(exchange.agency("police").store.query(stored)[0][0])
    home = exchange.home("prosecutor")
    old, new = (pair.hpke for pair in read_keys(home, read_passphrase(home, {})).pairs)
    info = pair_info(exchange.agency("police").log.origin, "prosecutor", 0)
    assert hpke_open(old, info, sealed) == hpke_open(new, info, resealed)
    for key, other in ((new, sealed), (old, resealed)):
        with pytest.raises(GrantFaulty):
            hpke_open(key, info, other)
    exchange.sync_all()
    assert digest(received_anew(exchange, "prosecutor")) == before


def test_the_reading_log_is_held_to_its_agency_across_the_change(exchange: Exchange) -> None:
    exchange.slugs = (*exchange.slugs, "auditor")
    exchange.agency("auditor").adopt(exchange.text, exchange.clauses, exchange.signatures)
    exchange.sync_all()
    for day in (1, 2, 3, 4):
        exchange.set_clocks(START + timedelta(days=day, hours=18))
        exchange.agency("police").reads.record("officer", "cases", f"{day}")
        if day == 2:
            adopt(
                exchange, renewed(exchange)
            )  # the read of this day is signed by the old key, and told of by the new
        exchange.sync_all()
    assert len(exchange.agency("auditor").replica.reads_heads()) >= 3
    nothing_wrong(exchange)
