"""Promise: new keys come into a memorandum by a card that the agency's old key has signed, as a further row.

Attacks: a card of another's making, one changed on its way, one shown twice, a draft in which a row was changed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from accord.errors import Malformed, MemorandumRefused, SignatureInvalid
from accord.memorandum import (
    Memorandum,
    check,
    difference,
    enrol,
    read_any_card,
    read_renewal,
    sign_memorandum,
    spoken,
    summary_text,
)
from accord.memorandum.renewal import CONTEXT
from tests.unit.memorandum.good import (
    CLAUSES,
    SLUGS,
    SPOILT,
    card,
    edited,
    enrolled,
    hpke_bytes,
    log_key,
    renewal,
    successor,
    vocabulary,
)

ROOT = bytes(range(32))


def renewed(*cards: bytes, draft: bytes | None = None) -> Memorandum:
    text = enrol(draft or successor(enrolled()), cards, vocabulary(), clauses=CLAUSES)
    return Memorandum.parse(text, vocabulary())


def written(said: dict[str, object]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def test_a_card_says_what_it_was_made_of() -> None:
    made = read_renewal(renewal("court", 9, root=ROOT))
    assert (made.exchange, made.agency, made.from_size, made.root) == ("model", "court", 9, ROOT)
    assert made.hpke_key == hpke_bytes("court", "second")
    assert made.sha256.hex() == spoken(renewal("court", 9, root=ROOT)).replace(" ", "")
    assert read_any_card(renewal("court", 9, root=ROOT)) == made
    assert read_any_card(card("court")).sha256.hex() == spoken(card("court")).replace(" ", "")


@pytest.mark.parametrize(
    "name", ["agency", "created", "exchange", "from_size", "hpke_key", "log_key", "log_key_before", "root"]
)
def test_a_card_that_was_changed(name: str) -> None:
    said, other = json.loads(renewal("court", root=ROOT)), json.loads(renewal("police", 10, root=ROOT[::-1]))
    said[name] = other[name] if name not in ("created", "exchange") else "2020-01-01T00:00:00Z"
    with pytest.raises(SignatureInvalid):
        read_renewal(written(said))


@pytest.mark.parametrize("name", ["signature", "signature_before"])
def test_each_signature_is_needed(name: str) -> None:
    said, other = json.loads(renewal("court")), json.loads(renewal("police"))
    with pytest.raises(SignatureInvalid):
        read_renewal(written(said | {name: other[name]}))
    with pytest.raises(SignatureInvalid):
        read_renewal(written(said | {name: said["signature" if name != "signature" else "signature_before"]}))


@pytest.mark.parametrize(
    "spoil",
    [
        *SPOILT,
        lambda good: good.replace(CONTEXT.encode(), b"accord/2 renewal"),
        lambda good: good.replace(b'"from_size":9', b'"from_size":"9"'),
        lambda good: good.replace(b'"from_size":9', b'"from_size":true'),
        lambda good: good.replace(b'"from_size":9', b'"from_size":9.0'),
        lambda good: good.replace(b'"from_size":9', b'"from_size":0'),
        lambda good: good.replace(b'"from_size":9', b'"from_size":-9'),
        lambda good: good.replace(b'"from_size":9', b'"from_size":9007199254740992'),
        lambda good: good.replace(b'"root":""', b'"root":"AAAA"'),
        lambda good: good.replace(b'"root":""', b'"root":null'),
        lambda good: b"[]\n",
        lambda good: b"{}\n",
        lambda good: b"not JSON",
        lambda good: b'{"agency":"' + b"x" * 5000,
    ],
)
def test_a_card_has_one_form(spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Malformed):
        read_renewal(spoil(renewal("court")))


def test_an_enrolment_card_is_no_renewal_and_the_other_way_round() -> None:
    said = json.loads(renewal("court"))
    with pytest.raises(Malformed):
        read_renewal(card("court"))
    with pytest.raises(Malformed):
        read_any_card(written(said | {"format": "accord/1 enrolment"}))


def test_the_row_stands_behind_the_others_and_a_board_can_read_who_renews() -> None:
    before = Memorandum.parse(successor(enrolled()), vocabulary())
    after = renewed(renewal("court", 9, root=ROOT), renewal("police", 400))
    assert [len(after.agencies[slug].keys) for slug in SLUGS] == [2, 1, 2, 1, 1, 1, 1]
    court = after.agencies["court"]
    assert court.keys[0] == before.agencies["court"].keys[0]
    assert (court.keys[1].from_size, court.keys[1].root) == (9, ROOT)
    assert (court.log_key_at(8), court.log_key_at(9)) == (court.keys[0].log, court.keys[1].log)
    new = [one for one in difference(before, after).others if one.what == "key 2 of court"]
    assert "from_size = 9" in new[0].new
    assert "keys renewed from size 9" in summary_text(after)
    held = Memorandum.parse(enrolled(), vocabulary())
    report = check(after.text, vocabulary(), clauses=CLAUSES, previous=held)
    alarms = [one.message for one in report.alarms if one.kind == "keys-renewed"]
    assert sorted(alarms) == [
        "court renews its keys, from size 9 of its log on",
        "police renews its keys, from size 400 of its log on",
    ]
    assert not report.faults


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        (lambda: [renewal("court", exchange="other")], "another exchange"),
        (lambda: [renewal("sheriff")], "has this name"),
        (lambda: [renewal("court"), renewal("court", 10)], "another card"),
        (lambda: [renewal("court", before="stolen")], "not signed by the agency's newest key"),
        (lambda: [renewal("court", generation="first", before="first")], "stand there already"),
    ],
)
def test_a_card_that_does_not_belong(cards: Callable[[], list[bytes]], says: str) -> None:
    with pytest.raises(MemorandumRefused, match=says):
        renewed(*cards())


def test_the_next_card_follows_on_the_newest_key_and_a_higher_size() -> None:
    once = renewed(renewal("court", 9)).text
    third = {"generation": "third", "before": "second"}
    assert len(renewed(renewal("court", 10, **third), draft=once).agencies["court"].keys) == 3
    for wrong, says in (
        (renewal("court", 9, **third), "not above"),
        (renewal("court", 10, generation="third", before="first"), "newest key"),
        (renewal("court", 10, generation="second", before="second"), "stand there already"),
    ):
        with pytest.raises(MemorandumRefused, match=says):
            renewed(wrong, draft=once)


def test_an_agency_without_keys_is_enrolled_first() -> None:
    with pytest.raises(MemorandumRefused, match="not enrolled yet"):
        enrol(edited(), [renewal("court")], vocabulary(), clauses=CLAUSES)


def test_nothing_is_enrolled_once_somebody_has_signed() -> None:
    with pytest.raises(MemorandumRefused, match="signed"):
        enrol(successor(enrolled()), [renewal("court")], vocabulary(), clauses=CLAUSES, signatures=b"x")


def test_a_root_before_the_first_entry_and_one_of_another_size_are_faults() -> None:
    row = "from_size = 0 }]\n"
    for root, says in (("A" * 43 + "=", "no root to state"), ("AAAA", "32 bytes"), ("!", "base64")):
        text = edited((row, f'from_size = 0, root = "{root}" }}]\n'), data=enrolled())
        report = check(text, vocabulary(), clauses=CLAUSES)
        assert any(says in one.message for one in report.faults), (root, report.faults)
    empty = edited((row, 'from_size = 0, root = "" }]\n'), data=enrolled())
    assert not check(empty, vocabulary(), clauses=CLAUSES).faults  # nothing is stated


def test_a_renewed_row_is_not_rewritten_by_the_next_version() -> None:
    held = renewed(renewal("court", 9, root=ROOT))
    moved = successor(held.text, ("from_size = 9", "from_size = 8"))
    report = check(moved, vocabulary(), clauses=CLAUSES, previous=held)
    assert [one.kind for one in report.faults] == ["keys-rewritten"]


def test_both_keys_are_of_the_second_generation_only() -> None:
    """The stand-ins of these tests are what they are taken for."""
    assert log_key("court") is not log_key("court", "second")


def test_a_line_by_the_key_before_is_no_fault_where_the_version_before_is_not_at_hand() -> None:
    draft = renewed(renewal("court", 9))
    lines = [sign_memorandum(draft, "court", log_key("court", "second")).encode()]
    lines.append(
        sign_memorandum(draft, "court", log_key("court"), Memorandum.parse(enrolled(), vocabulary())).encode()
    )
    report = check(draft.text, vocabulary(), clauses=CLAUSES, signatures=b"".join(lines))
    assert not report.faults
    assert report.tally is not None
    assert report.tally.signed == ("court",)
    alone = check(draft.text, vocabulary(), clauses=CLAUSES, signatures=lines[1])
    assert alone.tally is not None
    assert alone.tally.signed == ()  # it counts for the version before only
