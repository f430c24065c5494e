"""Whoever is let into a file because of acts in other agencies' logs: the order in which those are read decides nothing.

A small world: the court refers a matter to probation, probation's part ends, the court refers anew, time goes by. The police
read one log, the other, both or none each time, and record something in their own file or not; every such schedule is tried,
a file of the police for each. In the end who reads what the police say next is the same for all of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from accord.gateway.batch import Batch
from accord.gateway.involve import acts_in_joined
from accord.gateway.writer import Writer
from accord.replica import RuleEvent
from accord.seal import Book, Head
from tests.property.test_grants import LINK, World, book_of

DAY = 86_400 * 1_000_000
START = 1_750_000_000_000_000
TURNS = list(product((False, True), repeat=3))  # reads the court's log, reads probation's, records something


class Act(NamedTuple):
    """Something another agency says on a day; None: only time goes by."""

    day: int
    said: tuple[str, str] | None


REFERRED, ENDED = ("court", "CaseReferred"), ("probation", "SupervisionEnded")
LAPSE = 1825  # days, by the rule
Story = tuple[list[Act], list[tuple[int, bool]]]
STORIES: dict[str, Story] = {
    "referred, ended": ([Act(1, REFERRED), Act(2, ENDED)], [(3, False), (4, False)]),
    "referred, ended, referred anew": (
        [Act(1, REFERRED), Act(2, ENDED), Act(3, REFERRED)],
        [(4, True), (5, True), (6 + LAPSE, False), (7 + LAPSE, False)],
    ),
    "referred anew while it lasts": (
        [Act(1, REFERRED), Act(1500, REFERRED)],
        [(1501, True), (1900, True), (1503 + LAPSE, False), (1504 + LAPSE, False)],
    ),
    "referred anew while it lasts, ended": (
        [Act(1, REFERRED), Act(2, REFERRED), Act(3, ENDED)],
        [(4, False), (5, False)],
    ),
    "referred, lapsed": ([Act(1, REFERRED), Act(3 + LAPSE, None)], [(4 + LAPSE, False), (5 + LAPSE, False)]),
    "referred, lapsed, referred anew": (
        [Act(1, REFERRED), Act(3 + LAPSE, None), Act(4 + LAPSE, REFERRED)],
        [(5 + LAPSE, True), (6 + LAPSE, True)],
    ),
    "ended and referred in one moment": (
        [Act(1, REFERRED), Act(2, ("court", "SupervisionEnded")), Act(2, REFERRED)],
        [(3, True), (4, True)],
    ),
    "referred and ended in one moment": (
        [Act(1, REFERRED), Act(2, REFERRED), Act(2, ENDED)],
        [(3, False), (4, False)],
    ),
}


class Police:
    """The police's log, with a file for each way of reading the others' logs."""

    def __init__(self, world: World, acts: Sequence[Act]) -> None:
        self.world, self.acts = world, acts
        self.orders = dict(enumerate(product(TURNS, repeat=len(acts))))
        self.serial = 0
        with world.batch() as batch:
            for number in self.orders:
                world.writer.open_file(batch, self.file(number), "case", f"matter {number}")

    @staticmethod
    def file(number: int) -> bytes:
        return sha256(b"file %d" % number).digest()[:16]

    @property
    def writer(self) -> Writer:
        return self.world.writer

    @property
    def book(self) -> Book:
        return self.world.book

    def turn(self, day: int, turns: dict[int, tuple[dict[str, int], bool]]) -> None:
        """On this day each file's turn: how much of each log has been read for it, and whether something is recorded."""
        self.world.clock.move_to(START + day * DAY + DAY // 2)
        with self.world.batch() as batch:
            for number, (read, _) in turns.items():
                self._follow(batch, number, read)
        with self.world.batch() as batch:
            for number, (_, says) in turns.items():
                if says:
                    self._say(batch, number)

    def _follow(self, batch: Batch, number: int, read: dict[str, int]) -> None:
        known = [event for event in reversed(list(self._events())) if event.moment[2] < read[event.origin]]
        acts = acts_in_joined(self.book, "police", known, "case", batch.recorded_at)
        self.writer.follow(batch, self.book, self.file(number), "case", acts)

    def _events(self) -> Iterator[RuleEvent]:
        for index, (day, said) in enumerate(self.acts):
            if said is not None:
                moment = (START + day * DAY, said[0], index)
                yield RuleEvent(
                    moment, said[0], b"file", bytes([index]) * 16, said[1], {"to_agency": "probation"}
                )

    def _say(self, batch: Batch, number: int) -> None:
        self.serial += 1
        event_id = sha256(b"event %d" % self.serial).digest()[:16]
        seen = (0,) * len(self.world.others)
        head = Head("CaseLinked", self.file(number), event_id, None, None, 20_000, batch.recorded_at, seen)
        self.writer.record(batch, self.book, "case", head, LINK, [])

    def state(self) -> list[object]:
        """What is known of the parts in each file."""
        batch = self.writer.batch(())
        files = [self.writer.files.get(batch, self.file(number)) for number in self.orders]
        return [(one.holders, one.let_in, one.rules, one.since, one.ended, one.decided) for one in files]

    def readers(self) -> set[bool]:
        """Whether probation reads what was said last: one answer if that does not depend on the order."""
        batch = self.writer.batch(())
        return {
            "probation" in self.writer.files.get(batch, self.file(number)).holders for number in self.orders
        }


@pytest.mark.parametrize("name", STORIES)
def test_every_order_of_reading_ends_the_same(name: str) -> None:
    acts, ends = STORIES[name]
    with TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder:
        world = World(Path(folder), [book_of("walkthrough")], "police")
        police = Police(world, acts)
        read = {number: {"court": 0, "probation": 0} for number in police.orders}
        for step, (day, _) in enumerate(acts):
            turns = {}
            for number, order in police.orders.items():
                court, probation, says = order[step]
                read[number] |= {"court": step + 1} if court else {}
                read[number] |= {"probation": step + 1} if probation else {}
                turns[number] = (read[number], says)
            police.turn(day, turns)
        whole = {"court": len(acts), "probation": len(acts)}
        for day, expected in ends:
            police.turn(day, dict.fromkeys(police.orders, (whole, True)))
            assert police.readers() == {expected}, day
            live = police.state()
            world.writer.forget()
            assert police.state() == live, day
        world.database.close()
