"""A real Kafka on this machine: one node that is broker and controller (KRaft), on free ports of 127.0.0.1.

    with Broker(tmp_path) as broker:            # plain text, no authorizer
    with Broker(tmp_path, tls=folder) as ...    # deploy/kafka/server.properties, with certificates from `folder`
                                                # and `more` settings, if any

It can be killed, stopped for a while and started again on the same ports with the same disk.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.ports import free_port
from tests.real.java import KAFKA, command
from tests.shared_data import REPOSITORY

SHIPPED = REPOSITORY / "deploy" / "kafka" / "server.properties"
_STARTED = "Kafka Server started"
_PLAIN = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "CLIENTS",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "1100000",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "broker.session.timeout.ms": "1500",
    "broker.heartbeat.interval.ms": "300",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "100",
    "log.cleaner.backoff.ms": "200",
}
_QUIET = """\
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d %p %m (%c{1})%n
rootLogger.level=info
rootLogger.appenderRef.out.ref=out
"""


class Broker:
    """A broker process and its disk below `folder`; started on construction, ended by `close`."""

    def __init__(self, folder: Path, tls: Path | None = None, more: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.tls = tls
        self.more = more or {}
        self.port, self._controller = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self._format()
        self.start()

    @property
    def settings(self) -> Path:
        """The file that it is started with."""
        return self.folder / "server.properties"

    @property
    def server(self) -> str:
        """Where clients reach it."""
        return f"127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it has printed since it was made."""
        return self.folder / "broker.out"

    @property
    def is_at_work(self) -> bool:
        """Whether its process was started, and not killed since."""
        return self._process is not None

    def start(self) -> None:
        """Start the process and wait until it serves."""
        before = self.log.read_text().count(_STARTED) if self.log.exists() else 0
        environment = {**os.environ, "LANG": "C.UTF-8"}
        words = command(KAFKA, "kafka.Kafka", str(self.settings))
        words.insert(1, f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}")
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(words, stdout=out, stderr=out, env=environment, cwd=self.folder)
        deadline = time.monotonic() + 120
        while self.log.read_text().count(_STARTED) == before:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"Kafka did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """SIGSTOP: it is there and says nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        """End it, whatever it is doing."""
        if self._process is not None:
            self.kill()

    def __enter__(self) -> Broker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _format(self) -> None:
        (self.folder / "log4j2.properties").write_text(_QUIET)
        path = self.settings
        path.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        words = command(
            KAFKA, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", str(path)
        )
        words.insert(1, f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}")
        done = subprocess.run(words, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"Kafka's disk could not be made: {done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _settings(self) -> dict[str, str]:
        settings = dict(_PLAIN) if self.tls is None else _read(SHIPPED)
        within = (
            "127.0.0.1" if self.tls is None else "localhost"
        )  # the name that the shipped settings give the controller
        if self.tls is not None:
            settings["ssl.keystore.location"] = str(self.tls / "broker.keystore.pem")
            settings["ssl.truststore.location"] = str(self.tls / "authority.pem")
        return settings | {
            "listeners": f"CLIENTS://127.0.0.1:{self.port},CONTROLLER://{within}:{self._controller}",
            "advertised.listeners": f"CLIENTS://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@{within}:{self._controller}",
            "log.dirs": str(self.folder / "data"),
            **self.more,
        }


def _read(path: Path) -> dict[str, str]:
    lines = (line for line in path.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
