"""A file is its publisher's: an agency that uses another's file id for a file of its own says nothing about the other's."""

from __future__ import annotations

from pathlib import Path

from accord.seal import GrantTerms, Handing, Head, OwnRing, ShareTerms, grant_record, seal_event
from tests.attack.test_promise_handshake import SEVEN, Story
from tests.simulator import Liar, simulate


def test_a_borrowed_file_id_lets_nobody_into_the_real_file(tmp_path: Path) -> None:
    """Probation, which is not part of this case, knows the id of the court's file, opens a file of its own under it, lets
    the court read that, and refers it to the programme: a rule by which the court would open what is joined with it.
    """
    world = simulate(tmp_path)
    story = Story(world)
    for step in (story.arrest, story.charge, story.hear):
        step()
        world.sync_all()
    hearing = world.events("court")[story.ids["hearing"]]
    liar = Liar(world, "probation")
    book, ring = world.book, OwnRing(bytes(32))
    values = {
        "occurred_at": None,
        "to_agency": "reeducation",
        "purpose": "program_intake",
        "case_numbers": [],
        "arrest": None,
    }
    event_id, entry_id = b"borrowed" * 2, b"borrowed-grant--"
    labels = [one for one in book.event_labels("CaseReferred", values) if book.admits(one, "court")]
    handed = [Handing(label, *ring.hand_out(label, history=True)[0]) for label in labels]
    terms = GrantTerms(hearing.file, "case", "probation", event_id, world["probation"].clock.now())
    share = ShareTerms("court", 0, False, handed, ())
    made = grant_record(book, liar.name, entry_id, liar.pair_key, terms, [share])
    liar.say(made.whole, ["court"], entry_id)
    now = world["probation"].clock.now()
    head = Head("CaseReferred", hearing.file, event_id, None, None, hearing.occurred_on, now, (0,) * 6)
    data, _ = seal_event(book, liar.name, b"borrowed-entry--", head, values, ring, liar.entropy)
    liar.append(data)
    liar.hand("court", made.messages["court"])
    liar.show("court")
    before = len(world.grants("court"))
    world.sync("court")
    assert event_id.hex() in world.events("court")  # the court read it, and did nothing
    fresh = world.grants("court")[before:]
    assert [one for one in fresh if one.origin == "court"] == []
    world.sync("reeducation")
    assert story.ids["hearing"] not in world.events("reeducation")
    liar.close()
    assert not [one for slug in SEVEN[:3] for one in world.alarms(slug)]
    world.restart()
