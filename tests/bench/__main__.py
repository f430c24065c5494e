"""`python -m tests.bench`: events per second beside two peers, then over a real broker beside raw kafka-python, then how
long a live event takes; `--kafka` for the last two alone, `--million` for the cost per event of a long log, `--obligations`
for what the questions about promises cost.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from tests.bench import broker, duties, live, long, rounds
from tests.bench.rounds import TARGETS, Results, Target, ratios, spread
from tests.real.java import Absent

TITLES = {
    "accord.lone": "Accord, lone emit",
    "accord.backlog": "Accord, backlog emit",
    "accord.receive": "Accord, receive",
    "plain.save": "eventsourcing, save",
    "plain.get_and_save": "eventsourcing, get + save",
    "plain.bulk": "eventsourcing, bulk save",
    "handmade.lone": "hand-made, lone",
    "handmade.publish": "hand-made, backlog",
    "handmade.receive": "hand-made, receive",
}


def main() -> None:
    """Run what was asked for and print it."""
    asked = _asked()
    if asked.million is not None:
        for line in long.run(asked.million, asked.folder):
            print(line, flush=True)
        return
    if asked.obligations is not None:
        for line in duties.run(asked.obligations, asked.folder):
            print(line, flush=True)
        return
    results = {} if asked.kafka else rounds.run(asked.rounds, asked.events, _tell)
    if results and not asked.json:
        print("\n".join(_as_text(results)), flush=True)
    over_kafka = _over_kafka(asked)
    if asked.json:
        said = _as_json(results, TARGETS) if results else {"machine": _machine()}
        print(json.dumps(said | over_kafka, indent=1))


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _over_kafka(asked: argparse.Namespace) -> dict[str, object]:
    """What needs a broker; where none can be had, that."""
    try:
        results = broker.run(asked.rounds, asked.events, _tell)
        found = live.run(asked.live, asked.pace, _tell)
    except Absent as error:
        _tell(f"without a broker: {error}")
        return {"kafka": None}
    if not asked.json:
        print("\n".join(["", _machine(), "", *broker.as_text(results), "", *live.as_text(found, asked.pace)]))
    return {"kafka": _as_json(results, (*broker.TARGETS, *broker.BESIDE)), "live": asdict(found)}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--events",
        type=int,
        default=10_000,
        help="events per round (a fifth where each is durable alone; twice as many over Kafka)",
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kafka", action="store_true", help="only what needs a broker")
    parser.add_argument(
        "--live", type=int, default=1000, metavar="EVENTS", help="live events over the broker"
    )
    parser.add_argument("--pace", type=float, default=20.0, help="live events per second")
    parser.add_argument("--json", action="store_true", help="every round's figures as JSON")
    parser.add_argument(
        "--million", type=int, nargs="?", const=1_000_000, default=None, metavar="EVENTS",
        help="one long log instead: cost per event slice by slice, peak memory (1,000,000 unless said)",
    )  # fmt: skip
    parser.add_argument(
        "--obligations", type=int, nargs="?", const=200_000, default=None, metavar="EVENTS",
        help="what is overdue, asked of one long projection instead (200,000 events unless said)",
    )  # fmt: skip
    parser.add_argument("--folder", default=None, help="where the long log goes (about 20 GB for a million)")
    return parser.parse_args()


def _as_text(results: Results) -> list[str]:
    columns = (
        f"{'events/s':>9} {'range':>15} {'cpu us/event':>13} {'store B':>8} {'wire B':>7} {'peak MB':>8}"
    )
    lines = [_machine(), "", " " * 28 + columns]
    for name, title in TITLES.items():
        of = results[name]
        rate, least, most = spread([one.events / one.seconds for one in of])
        cpu = spread([one.processor / one.events * 1e6 for one in of])[0]
        last = of[-1]
        store, wire = last.store // last.events, last.wire // last.events
        peak = max(one.peak for one in of) / 1e6
        lines.append(
            f"{title:28}{rate:9.0f} {f'{least:.0f}-{most:.0f}':>15} {cpu:13.0f} {store:8} {wire or '-':>7} {peak:8.0f}"
        )
    lines += [
        "",
        f"{'ratio, per event with its grants':42}{'reach':>6} {'median':>7} {'range':>11} {'':8} {'of cpu':>7}",
    ]
    for target in TARGETS:
        middle, least, most = spread(ratios(target, results))
        cpu = spread(ratios(target, results, "processor"))[0]
        met = "met" if middle >= target.reach else "NOT MET"
        lines.append(
            f"{target.name:42}{target.reach:6.2f} {middle:7.2f} {f'{least:.2f}-{most:.2f}':>11} {met:8} {cpu:7.2f}"
        )
    return lines


def _machine() -> str:
    now = datetime.now(UTC).date().isoformat()
    return f"{now}, {os.cpu_count()} cores, one process at a time, Python {platform.python_version()}"


def _as_json(results: Results, of: Sequence[Target]) -> dict[str, object]:
    targets = {
        target.name: {
            "reach": target.reach,
            "ratios": ratios(target, results),
            "ratios_of_processor_time": ratios(target, results, "processor"),
            "met": spread(ratios(target, results))[0] >= target.reach,
        }
        for target in of
    }
    return {
        "machine": _machine(),
        "rounds": {name: [asdict(one) for one in of] for name, of in results.items()},
        "targets": targets,
    }


if __name__ == "__main__":
    main()
