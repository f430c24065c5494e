"""The processes of an agency while the broker is away: what is taken in, what is told, and what becomes of it afterwards."""

from __future__ import annotations

from pathlib import Path

from accord.adapters.kafka import Servers
from accord.bootstrap import WireSettings
from accord.projection import Views
from tests.exchange import SLUGS, arrest, found
from tests.ports import free_port
from tests.real.kafka_world import GROUP, prepare_anew, shared_broker
from tests.real.test_services import asked, figures, leave, line, outcomes, ready, start, stop, wait_for

pytestmark = GROUP
UNREACHED = 'accord_log_unreached{log="police"}'


def test_a_gateway_at_work_takes_events_in_while_the_broker_is_away_and_the_figures_say_so(
    tmp_path: Path,
) -> None:
    broker = shared_broker()
    servers = Servers((broker.server,))
    prepare_anew("walkthrough", SLUGS, servers)
    wires = dict.fromkeys(("police", "advocacy"), WireSettings.of_kafka(servers.addresses))
    exchange = found(tmp_path, *wires, wires=wires, beat="1s")
    exchange.release()
    police, ports = exchange.home("police"), {"gateway": free_port(), "projector": free_port()}
    homes = {"gateway": police, "projector": exchange.home("advocacy")}
    running = {name: start(name, homes[name], "--listen", f"127.0.0.1:{ports[name]}") for name in ports}
    said = []
    try:
        for name, process in running.items():
            wait_for(lambda port=ports[name]: ready(port), process)
        before = figures(ports["projector"])
        broker.kill()
        leave(police, "0001", line(arrest("A2400001")))
        wait_for((police / "done" / "0001.ndjson").exists, running["gateway"])
        assert list(outcomes(police, "0001")[0]) == ["receipt", "row"]
        wait_for(lambda: figures(ports["gateway"])["accord_outbox_entries"] > 0)
        wait_for(lambda: figures(ports["projector"])[UNREACHED] == 1)
        assert not ready(ports["gateway"])
        well = 'accord_last_beat_timestamp_seconds{process="projector"}'
        assert figures(ports["projector"])[well] < before[well] + 5
        said.append(stop(running["gateway"]))
        running["gateway"] = start("gateway", police, "--listen", f"127.0.0.1:{ports['gateway']}")
        left = leave(police, "0002", line(arrest("A2400002")))
        wait_for(lambda: "nothing is taken in" in trouble(ports["gateway"]), running["gateway"])
        assert left.exists()
        broker.start()
        wait_for((police / "done" / "0002.ndjson").exists, running["gateway"])
        wait_for(lambda: figures(ports["gateway"])["accord_outbox_entries"] == 0)
        wait_for(lambda: ready(ports["projector"]) and figures(ports["projector"])[UNREACHED] == 0)
    finally:
        if not broker.is_at_work:
            broker.start()
        said += [stop(process) for process in running.values()]
    assert "0001.ndjson: 1 receipts" in said[0]
    exchange.agency("advocacy").sync()
    assert Views(exchange.agency("advocacy").projection).counts()["events"] == 2
    exchange.release()


def trouble(port: int) -> str:
    """Why a process is not ready; nothing where it does not answer yet."""
    try:
        return asked(port, "/readyz")[1]
    except OSError:
        return ""
