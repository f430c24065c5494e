"""What a wire's server answers to whom: from method, path and the name in a certificate to a file, or to a refusal.

    GET     /<slug>/checkpoint                         everybody with a certificate
    GET     /<slug>/tile/...                           everybody with a certificate
    GET     /keys/<recipient>/<slug>/                  the recipient: a JSON list, [{"name": "<covers>"}, ...]
    GET     /keys/<recipient>/<slug>/<covers>          the recipient
    DELETE  /keys/<recipient>/<slug>/<covers>          the recipient: it has stored what is in it

Paths are compared as they come: nothing is decoded, so there is one way to write each. What is not there and what is
not for you answer alike, with 404. No link is followed, in no place of a path.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from accord.adapters.directory import (
    CHECKPOINT,
    KEYS,
    LARGEST_BUNDLE,
    covers_of,
    place_of,
    slug_of,
)
from accord.errors import UsageRefused

MOST_LISTED = 10_000  # key bundles in one list, the oldest; the others follow when these are acknowledged
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_RANGE = re.compile(r"bytes=([0-9]{1,12})-([0-9]{1,12})?")
_LONGEST_PATH = 200


@dataclass(slots=True, frozen=True)
class Asked:
    """What a path asks for: `kind` is all that a log may say of it."""

    kind: str  # checkpoint, tile, keys, key or other
    parts: tuple[str, ...] = ()
    recipient: str = ""


@dataclass(slots=True)
class Answer:
    """A status, headers, and a body: bytes, or the open file from which `length` bytes are sent."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    file: int | None = None
    length: int = 0


def ask(path: str) -> Asked:
    """Which of the things that a wire has a path names."""
    parts = tuple(path[1:].split("/"))
    if not path.startswith("/") or len(path) > _LONGEST_PATH or len(parts) < 2:
        return Asked("other")
    if parts[0] != KEYS:
        below = "/".join(parts[1:])
        if not _is_slug(parts[0]) or (below != CHECKPOINT and place_of(below) is None):
            return Asked("other")
        return Asked("checkpoint" if below == CHECKPOINT else "tile", parts)
    if len(parts) != 4 or not (_is_slug(parts[1]) and _is_slug(parts[2])):
        return Asked("other")
    if parts[3] == "":
        return Asked("keys", parts[:3], parts[1])
    return Asked("key", parts, parts[1]) if covers_of(parts[3]) is not None else Asked("other")


def answer(root: Path, method: str, asked: Asked, name: str, said: Mapping[str, str]) -> Answer:
    """Do what was asked below `root` for whoever has `name` in the certificate; `said` are headers, in lower case."""
    if method not in ("GET", "DELETE"):
        return Answer(405, {"Allow": "GET, DELETE"})
    if asked.kind == "other" or (asked.recipient and asked.recipient != name):
        return Answer(404, {})
    if method == "DELETE":
        return _removed(root, asked) if asked.kind == "key" else Answer(405, {"Allow": "GET"})
    try:
        return _listed(root, asked) if asked.kind == "keys" else _sent(root, asked, said)
    except OSError:
        return Answer(404, {})  # not there, or a link, or no longer there


def _removed(root: Path, asked: Asked) -> Answer:
    try:
        with _opened(root, asked.parts[:-1]) as folder:
            os.unlink(asked.parts[-1], dir_fd=folder)
            os.fsync(folder)
    except (FileNotFoundError, NotADirectoryError):
        return Answer(404, {})
    except OSError:
        return Answer(500, {})
    return Answer(204, {})


def _listed(root: Path, asked: Asked) -> Answer:
    with _opened(root, asked.parts) as folder:
        names = sorted(name for name in os.listdir(folder) if covers_of(name) is not None)
    body = json.dumps([{"name": name} for name in names[:MOST_LISTED]], separators=(",", ":")).encode()
    return Answer(200, {"Content-Type": "application/json", "Cache-Control": "no-store"}, body)


def _sent(root: Path, asked: Asked, said: Mapping[str, str]) -> Answer:
    with _opened(root, asked.parts[:-1]) as folder:
        file = os.open(asked.parts[-1], _FILE, dir_fd=folder)
    try:
        made = _of(file, os.fstat(file), asked, said)
    except BaseException:
        os.close(file)
        raise
    if made.file is None:
        os.close(file)
    return made


def _of(file: int, about: os.stat_result, asked: Asked, said: Mapping[str, str]) -> Answer:
    if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_BUNDLE:
        return Answer(404, {})
    tag = f'"{about.st_mtime_ns:x}-{about.st_size:x}-{about.st_ino:x}"'
    headers = {
        "Content-Type": "text/plain; charset=utf-8"
        if asked.kind == "checkpoint"
        else "application/octet-stream",
        "Cache-Control": "max-age=31536000, immutable" if asked.kind == "tile" else "no-cache",
        "ETag": tag,
        "Last-Modified": formatdate(about.st_mtime, usegmt=True),
        "Accept-Ranges": "bytes",
    }
    if _names(said.get("if-none-match", ""), tag):
        return Answer(304, headers)
    wanted = _RANGE.fullmatch(said.get("range", ""))
    if wanted is None or said.get("if-range", tag) != tag:
        return Answer(200, headers, b"", file, about.st_size)
    return _part(file, about.st_size, wanted, headers)


def _names(said: str, tag: str) -> bool:
    """Whether an If-None-Match names this tag, compared weakly (RFC 9110, 13.1.2)."""
    named = [one.strip() for one in said.split(",")]
    return named == ["*"] or tag in [one.removeprefix("W/") for one in named]


def _part(file: int, size: int, wanted: re.Match[str], headers: dict[str, str]) -> Answer:
    """One range of a file (RFC 9110, section 14)."""
    first = int(wanted[1])
    last = min(int(wanted[2]), size - 1) if wanted[2] else size - 1
    if first >= size or last < first:
        return Answer(416, {"Content-Range": f"bytes */{size}"})
    os.lseek(file, first, os.SEEK_SET)
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Answer(206, headers, b"", file, last - first + 1)


@contextmanager
def _opened(root: Path, parts: Sequence[str]) -> Iterator[int]:
    """An open folder below the root, reached step by step without following a link."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def _is_slug(name: str) -> bool:
    try:
        return slug_of(name) == name
    except UsageRefused:
        return False
