"""Quorum, rollback, expiry, forged and repeated signatures, cards that are not what they say."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from accord.errors import Malformed, MemorandumRefused, NotAdopted, SignatureInvalid
from accord.keys import log_public, sign
from accord.memorandum import (
    Memorandum,
    TrustedMemoranda,
    append_signature,
    check,
    enrol,
    make_card,
    read_card,
    sign_memorandum,
    spoken,
)
from accord.memorandum.enrolment import CONTEXT
from accord.memorandum.signature import SignatureLine, key_id, parse_signatures
from tests.unit.memorandum.good import (
    CLAUSES,
    GOOD,
    NOW,
    SLUGS,
    SPOILT,
    card,
    edited,
    enrolled,
    hpke_bytes,
    log_key,
    signed,
    successor,
    vocabulary,
)

WITNESS = base64.b64encode(log_public(log_key("witness"))).decode()
FIVE = ("advocacy", "court", "police", "probation", "prosecutor")


def trusted(*versions: tuple[bytes, bytes]) -> TrustedMemoranda:
    held = TrustedMemoranda(vocabulary(), "model")
    for data, signatures in versions:
        held.update(data, signatures, CLAUSES, NOW)
    return held


def refusal(held: TrustedMemoranda, data: bytes, signatures: bytes, now: datetime = NOW) -> str:
    before = held.versions
    with pytest.raises(MemorandumRefused) as refused:
        held.update(data, signatures, CLAUSES, now)
    assert held.versions == before, "nothing half-adopted"
    return refused.value.message


# ---- Quorum ----


def test_a_quorum_adopts() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    assert held.newest is not None
    assert held.newest.version == 1
    assert held.in_force(NOW) is held.newest
    assert held.by_sha256(held.newest.sha256) is held.newest


def test_the_same_version_again_changes_nothing() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    assert held.update(enrolled(), b"", b"", NOW) is held.newest
    assert len(held.versions) == 1


def test_four_are_no_quorum() -> None:
    assert "4 of 5 have signed" in refusal(trusted(), enrolled(), signed(enrolled(), *FIVE[:4]))


def test_six_without_advocacy_are_no_quorum() -> None:
    others = [slug for slug in SLUGS if slug != "advocacy"]
    assert "advocacy has not signed" in refusal(trusted(), enrolled(), signed(enrolled(), *others))


def test_one_who_signs_five_times_is_one() -> None:
    line = signed(enrolled(), "advocacy")
    message = refusal(trusted(), enrolled(), line * 5)
    assert "signs twice" in message
    assert "1 of 5" in message


def test_a_signature_over_other_bytes() -> None:
    other = edited(('beat = "10s"', 'beat = "11s"'), data=enrolled())
    assert "proves nothing" in refusal(trusted(), enrolled(), signed(other, *FIVE))


def test_a_stranger_signs() -> None:
    name = "model/sheriff"
    key = log_key("sheriff")
    line = SignatureLine(name, key_id(name, b"\0" * 32), sign(key, "accord/1 memorandum", enrolled()))
    message = refusal(trusted(), enrolled(), signed(enrolled(), *FIVE) + f"{line}\n".encode())
    assert "model/sheriff proves nothing" in message


def test_a_signature_of_another_exchange() -> None:
    line = signed(enrolled(), "court").replace(b"model/court", b"other/court")
    assert "proves nothing" in refusal(trusted(), enrolled(), signed(enrolled(), *FIVE) + line)


def test_a_signature_made_for_another_purpose() -> None:
    memorandum = Memorandum.parse(enrolled(), vocabulary())
    public = memorandum.agencies["court"].log_key
    assert public is not None
    wrong = sign(log_key("court"), "accord/1 enrolment", enrolled())
    line = SignatureLine("model/court", key_id("model/court", public), wrong)
    four = [slug for slug in FIVE if slug != "court"]
    assert "proves nothing" in refusal(
        trusted(), enrolled(), signed(enrolled(), *four) + f"{line}\n".encode()
    )


def test_every_flipped_bit_of_a_signature_file_is_refused() -> None:
    good = signed(enrolled(), *FIVE)
    for position in range(0, len(good), 7):
        bad = bytearray(good)
        bad[position] ^= 1
        refusal(trusted(), enrolled(), bytes(bad))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good[:-1],
        lambda good: good + b"\n",
        lambda good: b"\n" + good,
        lambda good: good.replace(b"\n", b"\r\n"),
        lambda good: good.replace("—".encode(), b"-"),
        lambda good: good.replace(b" model", b"  model"),
        lambda good: good.replace(b"\n", b" \n"),
        lambda good: good.replace(b"=\n", b"\n"),
        lambda good: good[:-1].upper() + b"\n",
        lambda good: good + b"\xff\n",
        lambda good: good * 40,
    ],
)
def test_a_signature_file_has_one_form(spoil: object) -> None:
    good = signed(enrolled(), *FIVE)
    bad = spoil(good)  # type: ignore[operator]  # a lambda of the table
    assert bad != good
    with pytest.raises(Malformed):
        parse_signatures(bad)


def test_the_last_base64_digit_has_one_form() -> None:
    """68 bytes end in two bits that say nothing; a kind decoder takes any."""
    line = signed(enrolled(), "court").decode()
    last = line[-3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sloppy = alphabet[alphabet.index(last) ^ 1]
    bad = line[:-3] + sloppy + "=\n"
    assert base64.b64decode(bad.split()[2]) == base64.b64decode(line.split()[2])
    with pytest.raises(Malformed):
        parse_signatures(bad.encode())


def test_sign_refuses_a_key_the_memorandum_does_not_name() -> None:
    memorandum = Memorandum.parse(enrolled(), vocabulary())
    with pytest.raises(SignatureInvalid):
        sign_memorandum(memorandum, "court", log_key("police"))
    with pytest.raises(SignatureInvalid):
        sign_memorandum(memorandum, "sheriff", log_key("sheriff"))


def test_signing_twice_changes_nothing() -> None:
    line = signed(enrolled(), "court")
    assert append_signature(line, line.decode()) == line
    with pytest.raises(Malformed):
        append_signature(b"notes\n", line.decode())


# ---- What a draft lacks ----


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (
            lambda data: edited(
                (f'vocabulary = "{vocabulary().sha256.hex()}"', 'vocabulary = ""'), data=data
            ),
            "vocabulary",
        ),
        (
            lambda data: b"\n".join(
                b'clauses = ""' if one.startswith(b"clauses") else one for one in data.split(b"\n")
            ),
            "clauses",
        ),
        (
            lambda data: b"\n".join(
                one for one in data.split(b"\n") if base64.b64encode(hpke_bytes("auditor")) not in one
            ),
            "auditor is not enrolled",
        ),
    ],
)
def test_a_draft_that_lacks_something_is_never_adopted(edit: object, kind: str) -> None:
    data = edit(enrolled())  # type: ignore[operator]  # a lambda of the table
    assert check(data, vocabulary(), clauses=CLAUSES).faults == ()
    assert kind in refusal(trusted(), data, signed(data, *FIVE))


def test_other_words_under_the_same_signatures() -> None:
    held = trusted()
    with pytest.raises(MemorandumRefused, match="another file of clauses"):
        held.update(enrolled(), signed(enrolled(), *FIVE), CLAUSES + b"\n10.5 And more.\n", NOW)
    assert held.newest is None


# ---- Rollback ----


def second() -> bytes:
    return successor(enrolled(), ('beat = "10s"', 'beat = "20s"'))


def test_the_next_version_follows() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)), (second(), signed(second(), *FIVE)))
    assert [one.version for one in held.versions] == [1, 2]
    assert held.in_force(NOW).version == 2


def test_rollback_to_a_version_that_was_never_held() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)), (second(), signed(second(), *FIVE)))
    other_first = edited(('beat = "10s"', 'beat = "5s"'), data=enrolled())
    assert "version 3 comes next" in refusal(held, other_first, signed(other_first, *FIVE))
    other_second = successor(enrolled(), ('beat = "10s"', 'beat = "5s"'))
    assert "version 3 comes next" in refusal(held, other_second, signed(other_second, *FIVE))


def test_an_old_version_shown_again_stays_old() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)), (second(), signed(second(), *FIVE)))
    assert held.update(enrolled(), signed(enrolled(), *FIVE), CLAUSES, NOW).version == 1
    assert held.in_force(NOW).version == 2


def test_a_version_is_not_skipped() -> None:
    third = successor(second(), ('beat = "20s"', 'beat = "30s"'))
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    assert "version 2 comes next" in refusal(held, third, signed(third, *FIVE))
    assert "first version" in refusal(trusted(), third, signed(third, *FIVE))


def test_a_chain_that_forks() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    parted = edited(('beat = "10s"', 'beat = "5s"'), data=enrolled())
    fork = successor(parted)
    assert "not the hash" in refusal(held, fork, signed(fork, *FIVE))


def test_another_exchange() -> None:
    other = edited(('name = "model"', 'name = "other"'), data=enrolled())
    assert "memorandum of other" in refusal(trusted(), other, signed(other, *FIVE))
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    wrong = successor(enrolled(), ('name = "model"', 'name = "other"'))
    assert "version before is of model" in refusal(held, wrong, signed(wrong, *FIVE))


def test_a_thief_who_enrols_new_keys_for_everyone() -> None:
    """The new version's own quorum signs; the keys that were trusted did not."""
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    rows = [(_row(slug), _row(slug)[:-1] + f", {_row(slug, 'stolen', 5)[1:]}") for slug in SLUGS]
    stolen = successor(enrolled(), *rows)
    memorandum = Memorandum.parse(stolen, vocabulary())
    lines = "".join(sign_memorandum(memorandum, slug, log_key(slug, "stolen")) for slug in SLUGS)
    assert "under the keys of the version before: 0 of 5" in refusal(held, stolen, lines.encode())


def test_keys_are_never_rewritten() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    other = successor(enrolled(), (_row("auditor"), _row("auditor", "stolen")))
    assert "keys of auditor were changed" in refusal(held, other, signed(other, *FIVE))


def test_an_agency_changes_its_key_and_signs_with_both() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    changed = successor(
        enrolled(), (_row("court"), _row("court")[:-1] + f", {_row('court', 'second', 9)[1:]}")
    )
    memorandum = Memorandum.parse(changed, vocabulary())
    others = signed(changed, *(slug for slug in FIVE if slug != "court"))
    new = sign_memorandum(memorandum, "court", log_key("court", "second")).encode()
    old = sign_memorandum(memorandum, "court", log_key("court"), held.newest).encode()
    assert "4 of 5" in refusal(held, changed, others + new)
    assert "4 of 5" in refusal(held, changed, others + old)
    adopted = held.update(changed, others + new + old, CLAUSES, NOW)
    court = adopted.agencies["court"]
    assert [court.keys_at(size) for size in (0, 8, 9, 99)] == [
        court.keys[0],
        court.keys[0],
        court.keys[1],
        court.keys[1],
    ]


def _row(slug: str, generation: str = "first", size: int = 0) -> str:
    log = base64.b64encode(log_public(log_key(slug, generation))).decode()
    hpke = base64.b64encode(hpke_bytes(slug, generation)).decode()
    return f'[{{ log = "{log}", hpke = "{hpke}", from_size = {size} }}]'


# ---- Time ----


def test_a_lapsed_version_is_not_adopted() -> None:
    after = datetime(2039, 1, 31, 1, tzinfo=UTC)
    assert "grace" in refusal(trusted(), enrolled(), signed(enrolled(), *FIVE), after)


def test_force_ends_with_the_grace() -> None:
    held = trusted((enrolled(), signed(enrolled(), *FIVE)))
    end = datetime(2039, 1, 1, tzinfo=UTC)
    assert held.in_force(end + timedelta(days=30)) is held.newest
    with pytest.raises(NotAdopted, match="lapsed"):
        held.in_force(end + timedelta(days=30, seconds=1))
    with pytest.raises(NotAdopted, match="in force yet"):
        held.in_force(datetime(2018, 12, 31, tzinfo=UTC))
    with pytest.raises(NotAdopted):
        held.by_sha256(bytes(32))


@pytest.mark.parametrize(
    ("days_before_end", "kind", "says"),
    [
        (61, None, ""),
        (60, "ends-soon", "60 days"),
        (30, "ends-soon", "30 days"),
        (7, "ends-soon", "7 days"),
        (0, "in-grace", ""),
        (-30, "in-grace", ""),
    ],
)
def test_alarms_before_the_end(days_before_end: int, kind: str | None, says: str) -> None:
    now = datetime(2039, 1, 1, tzinfo=UTC) - timedelta(days=days_before_end)
    alarms = [
        one
        for one in check(enrolled(), vocabulary(), now=now).alarms
        if one.kind in ("ends-soon", "in-grace")
    ]
    assert [one.kind for one in alarms] == ([kind] if kind else [])
    assert all(says in one.message for one in alarms)


def test_before_its_first_day() -> None:
    report = check(enrolled(), vocabulary(), now=datetime(2018, 1, 1, tzinfo=UTC))
    assert "not-yet-valid" in {one.kind for one in report.alarms}


def test_keys_of_an_agency_rise_from_index_0() -> None:
    for size, kinds in ((5, {"form"}), (0, set())):
        data = edited((_row("court"), _row("court", size=size)), data=enrolled())
        assert {one.kind for one in check(data, vocabulary()).faults} == kinds


def test_one_key_for_two() -> None:
    data = edited((_row("court"), _row("police")), data=enrolled())
    assert {one.kind for one in check(data, vocabulary()).faults} == {"duplicate"}


def test_a_witness_with_a_members_key() -> None:
    log = _row("court").split('"')[1]
    for keys in (f'council_clerk = "{log}", neighbouring_court = ""', f'a = "{WITNESS}", b = "{WITNESS}"'):
        data = edited(('council_clerk = "", neighbouring_court = ""', keys), data=enrolled())
        assert {one.kind for one in check(data, vocabulary()).faults} == {"duplicate"}


# ---- Enrolment ----


def test_a_card_is_what_was_read_aloud() -> None:
    data = card("court")
    assert read_card(data).sha256.hex() == spoken(data).replace(" ", "")
    assert len(spoken(data).split()) == 16


@pytest.mark.parametrize("field", ["agency", "role", "exchange", "created", "log_key", "hpke_key"])
def test_a_card_whose_words_were_changed(field: str) -> None:
    said = json.loads(card("court"))
    said[field] = json.loads(card("police"))[field] if field.endswith("key") else "2020-01-01T00:00:00Z"
    forged = json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    with pytest.raises(SignatureInvalid):
        read_card(forged)


@pytest.mark.parametrize(
    "spoil",
    [
        *SPOILT,
        lambda good: good.replace(b"accord/1", b"accord/2"),
        lambda good: good.replace(b'"court"', b"1"),
        lambda good: b"[]\n",
        lambda good: b"not JSON",
        lambda good: b"[" * 5000,
        lambda good: b'{"agency":"' + b"x" * 5000,
    ],
)
def test_a_card_has_one_form(spoil: object) -> None:
    with pytest.raises(Malformed):
        read_card(spoil(card("court")))  # type: ignore[operator]  # a lambda of the table


def test_a_card_with_a_key_off_the_curve() -> None:
    said = {name: value for name, value in json.loads(card("court")).items() if name != "signature"}
    said["hpke_key"] = base64.b64encode(b"\x04" + b"\1" * 64).decode()
    unsigned = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    said["signature"] = base64.b64encode(sign(log_key("court"), CONTEXT, unsigned)).decode()
    with pytest.raises(Malformed, match="P-256"):
        read_card(json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n")


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        (lambda: [card("sheriff")], "has this name"),
        (lambda: [card("court"), card("court")], "enrolled already"),
        (lambda: [card("court", exchange="other")], "another exchange"),
        (lambda: [card("court", role="prosecution")], "another role"),
        (
            lambda: [
                make_card("model", "court", "court", log_key("police"), hpke_bytes("court"), NOW),
                card("police"),
            ],
            "cannot|key stands",
        ),
    ],
)
def test_a_card_that_does_not_belong(cards: object, says: str) -> None:
    with pytest.raises(MemorandumRefused, match=says):
        enrol(GOOD, cards(), vocabulary(), clauses=CLAUSES)  # type: ignore[operator]  # a lambda of the table


def test_nobody_enrols_after_a_signature() -> None:
    first = enrol(GOOD, [card("court")], vocabulary(), clauses=CLAUSES)
    with pytest.raises(MemorandumRefused, match="signed"):
        enrol(first, [card("police")], vocabulary(), clauses=CLAUSES, signatures=signed(first, "court"))


def test_nobody_enrols_twice() -> None:
    with pytest.raises(MemorandumRefused, match="enrolled already"):
        enrol(enrolled(), [card("court", generation="second")], vocabulary(), clauses=CLAUSES)
