"""A member gives its own file the id of another's: it stays another file, in every list and under a name of its own."""

from __future__ import annotations

import pytest

from accord.bootstrap import words
from accord.seal import OpenedEvent
from tests.projection_world import World, read_as


def two_cases(world: World) -> dict[str, OpenedEvent]:
    """The prosecutor accepts one referral in a file of its own, and another in one that has the first one's id."""
    acts = {}
    for name in ("one", "two"):
        acts[name] = world.act("police", "CaseReferred", name, to_agency="prosecutor")
    for name in ("one", "two"):
        acts[f"{name} taken"] = world.act(
            "prosecutor", "ReferralAccepted", name, referral=acts[name], from_agency="police"
        )
    acts["two taken"].file = acts["one"].file
    return acts


@pytest.mark.parametrize("role", ["coordinator", "auditor", "prosecution", "law_enforcement"])
def test_a_copied_file_id_joins_nobody_elses_case(role: str) -> None:
    world = World()
    acts = two_cases(world)
    views = read_as(role, world.acts)
    cases = {frozenset((one["origin"], one["file"]) for one in case["files"]) for case in views.cases()}
    assert cases == {
        frozenset(
            {
                ("police", acts[name].file.hex()),
                ("prosecutor", acts[f"{name} taken"].file.hex()),
            }
        )
        for name in ("one", "two")
    }
    for case in views.cases():
        files = [(one["origin"], one["file"]) for one in case["files"]]
        assert case["events"] == 2
        assert views.files_of(files[0][1], origin=files[0][0]) == files


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([("police", "a" * 32), ("court", "b" * 32)], ["a" * 12, "b" * 12]),
        ([("police", "a" * 32), ("court", "a" * 32)], [f"police/{'a' * 12}", f"court/{'a' * 12}"]),
        (
            [("police", "a" * 32), ("police", "a" * 31 + "b")],
            [f"police/{'a' * 32}", f"police/{'a' * 31}b"],
        ),
        (
            [("police", "a" * 32), ("police", "a" * 31 + "b"), ("court", "a" * 32)],
            [f"police/{'a' * 32}", f"police/{'a' * 31}b", f"court/{'a' * 12}"],
        ),
    ],
)
def test_no_two_files_are_offered_by_one_word(files: list[tuple[str, str]], expected: list[str]) -> None:
    assert [words(files)[one] for one in files] == expected
