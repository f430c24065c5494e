"""Promise: what becomes of an emission does not depend on which others come in its batch: nothing that waits is lost, and
what was said since waits no longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from accord.gateway import Accepted, Group, Outcome, Refusal, Submission, Waiting
from tests.exchange import Exchange, arrest, found, referral

ONE, OTHER, KNOWN = "A2400777", "A2400778", "A2400001"
"""Arrests: two that are not known yet, and one that is."""


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    made = found(tmp_path, "police", "prosecutor", "advocacy")
    made.emit("police", arrest(KNOWN))
    yield made
    made.release()


def about(number: str, id_: str) -> Submission:
    """A referral under this id that cites an arrest."""
    data = referral(KNOWN).data | {"arrest": {"number": number}}
    return Submission("/test/police", id_, "CaseReferred", KNOWN, data)


def waiting(exchange: Exchange) -> list[bytes]:
    rows = exchange.agency("police").store.query("SELECT content FROM waiting ORDER BY event_id")
    return [bytes(row[0]) for row in rows]


def what(outcome: Outcome) -> tuple[type[Outcome], bool]:
    return type(outcome), isinstance(outcome, Accepted) and outcome.repeated


def batched(exchange: Exchange, *submissions: Submission) -> list[Outcome]:
    return list(exchange.agency("police").emit([Group((one,)) for one in submissions]))


def one_by_one(exchange: Exchange, *submissions: Submission) -> list[Outcome]:
    return [outcome for one in submissions for outcome in batched(exchange, one)]


def test_of_two_that_wait_under_one_id_the_second_is_refused_in_one_batch_too(exchange: Exchange) -> None:
    first, second = batched(exchange, about(ONE, "r"), about(OTHER, "r"))
    assert isinstance(first, Waiting)
    assert isinstance(second, Refusal)
    assert (second.where, len(waiting(exchange))) == ("id", 1)


def test_what_waited_and_is_mended_in_one_batch_waits_no_longer(exchange: Exchange) -> None:
    first, second = batched(exchange, about(ONE, "r"), about(KNOWN, "r"))
    assert (type(first), type(second), waiting(exchange)) == (Waiting, Accepted, [])
    batched(exchange, arrest(ONE))
    exchange.agency("police").sync()
    assert exchange.agency("police").refused_waiting == []


def test_it_waits_no_longer_where_something_else_of_the_batch_was_settled_before(exchange: Exchange) -> None:
    batched(exchange, about(ONE, "earlier"))
    told = batched(exchange, about(KNOWN, "earlier"), about(ONE, "r"), about(KNOWN, "r"))
    assert ([type(one) for one in told], waiting(exchange)) == ([Accepted, Waiting, Accepted], [])


def test_in_one_batch_or_one_by_one_comes_to_the_same(exchange: Exchange) -> None:
    """Every three emissions under one id, of three that differ."""
    for number, cited in enumerate(product((ONE, OTHER, KNOWN), repeat=3)):
        apart = one_by_one(exchange, *(about(each, f"apart {number}") for each in cited))
        kept = waiting(exchange)
        together = batched(exchange, *(about(each, f"together {number}") for each in cited))
        assert list(map(what, together)) == list(map(what, apart)), cited
        more = waiting(exchange)
        for content in kept:
            more.remove(content)
        assert len(more) == (1 if KNOWN not in cited else 0), cited
