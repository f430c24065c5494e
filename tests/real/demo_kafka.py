"""The demonstration over a real Kafka: `make demo-kafka` starts one, plays the walkthrough over it, and ends it.

python -m tests.real.demo_kafka [CASES]
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from accord.adapters.kafka import Servers, administered
from accord.bootstrap import WireSettings, current_views, verify_home
from accord.projection import digest
from tests.exchange import SLUGS, county
from tests.real.broker import Broker
from tests.real.java import Absent


def main(cases: int) -> int:
    """Tell a county over Kafka and over folders, and compare what each agency sees."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            broker = Broker(Path(folder, "broker"))
        except Absent as error:
            print(error)
            return 3
        with broker:
            print(f"Kafka serves at {broker.server}")
            return _compare(Path(folder), broker, cases)


def _compare(folder: Path, broker: Broker, cases: int) -> int:
    servers = Servers((broker.server,))
    with administered("walkthrough", SLUGS, servers) as preparation:
        print(f"{len(preparation.prepare().topics)} topics made")
    begun = time.monotonic()
    kafka = county(
        folder / "kafka", cases, wires=dict.fromkeys(SLUGS, WireSettings.of_kafka(servers.addresses))
    )
    print(f"{cases} cases told over Kafka in {time.monotonic() - begun:.0f} s")
    folders = county(folder / "folders", cases)
    wrong = 0
    for slug in SLUGS:
        seen = []
        for exchange in (kafka, folders):
            current_views(exchange.agency(slug))
            seen.append(digest(exchange.agency(slug).projection))
        faults = [str(one) for one in verify_home(kafka.agency(slug))]
        same = "the same as over folders" if seen[0] == seen[1] else "NOT the same as over folders"
        print(f"{seen[0]}  {slug}: {same}; {len(faults)} faults on the topics and in its stores")
        wrong += len(faults) + (seen[0] != seen[1])
    kafka.release()
    folders.release()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4))
