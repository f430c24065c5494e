"""Figures as Prometheus reads them."""

from __future__ import annotations

import re

from accord.web import Figure, Vitals, exposition

_LINE = re.compile(
    r'[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[0-9.e+-]+'
)


def test_figures_of_one_name_stand_together() -> None:
    text = exposition(
        [
            Figure("b", "Second.", 1),
            Figure("a", "First.", 0.5, {"log": "court"}),
            Figure("b", "Second.", 2, {"log": "police"}, "counter"),
        ]
    )
    assert text == (
        '# HELP a First.\n# TYPE a gauge\na{log="court"} 0.5\n'
        '# HELP b Second.\n# TYPE b gauge\nb 1\nb{log="police"} 2\n'
    )


def test_odd_text_does_not_break_a_line() -> None:
    text = exposition([Figure("a", "one\ntwo \\", 12345678901, {"log": 'x"y\\z\n'})])
    lines = text.splitlines()
    assert lines[0] == r"# HELP a one\ntwo \\"
    assert _LINE.fullmatch(lines[2])
    assert lines[2].endswith(" 12345678901")


def test_without_end_is_written_as_prometheus_does() -> None:
    assert exposition([Figure("a", "One.", float("inf"))]).splitlines()[-1] == "a +Inf"


def test_when_a_turn_last_ended_well_is_not_moved_by_one_that_failed() -> None:
    vitals = Vitals("gateway")
    vitals.went_well([])
    (well,) = (one.value for one in vitals.all() if "timestamp" in one.name)
    vitals.failed("the wire is away")
    assert well in [one.value for one in vitals.all() if "timestamp" in one.name]


def test_vitals_count_turns_and_what_became_of_the_last() -> None:
    vitals = Vitals("gateway")
    assert vitals.trouble
    vitals.failed("the wire is away")
    vitals.went_well([Figure("accord_x", "Some.", 3)])
    found = {one.name: one.value for one in vitals.all()}
    assert not vitals.trouble
    assert (found["accord_turns_total"], found["accord_turn_failures_total"], found["accord_x"]) == (2, 1, 3)
    assert found["accord_last_beat_timestamp_seconds"] > 1.7e9
