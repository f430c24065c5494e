"""Heads of reading logs: each agency says once a day how far its own has come, and can then no longer take a read back.

Only the head leaves: how many reads there were, and a hash over them. It goes as an entry of the agency's log, sealed to the
auditor (the auditor's to the coordinating agency), at the first sync after the memorandum's hour, so that its time says
nothing of when somebody read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from accord.errors import EvidenceFault, Malformed, ProofInvalid, StoreBehind
from accord.gateway import Writer
from accord.keys import LogKeys
from accord.ledger import Checkpoint, Log, open_checkpoint
from accord.memorandum import Memorandum
from accord.seal import Book, origin_of, record

SUFFIX = "/reads"


def say_reads_head(
    writer: Writer, book: Book, reads: Log, signing: LogKeys, seen: tuple[int, ...], now: datetime
) -> int:
    """Say the head of our reading log if the day's hour has passed since it was said last; returns how many entries
    that made.

    The day begins to be counted at the first call. The head and that it was said are one transaction. It is signed by the
    key of the log at the entry that says it, whichever key signed it when the read was recorded.
    """
    rows = writer.database.query("SELECT value FROM progress WHERE name = 'reads_head'")
    hour = int(last_hour(book.memorandum, now).timestamp() * 1e6)
    reads.reload()  # another process may have recorded reads
    due = bool(rows) and rows[0][0] < hour and reads.size > 0
    if rows and not due:
        return 0
    batch = writer.batch(seen)
    batch.add("reads_head", batch.recorded_at)
    if due:
        note = reads.head_under(reads.size, signing.at(batch.next_index + 1))
        said = {"note": note, "recorded_at": batch.recorded_at}
        writer.say(batch, book, record("reads_head").encode(said), holders(book.memorandum, writer.slug))
    writer.commit(batch)
    return len(batch.stored)


def last_hour(memorandum: Memorandum, now: datetime) -> datetime:
    """The last time at which local clocks showed the hour of private heads."""
    zone, hour = memorandum.timezone, memorandum.private_heads_at
    local = now.astimezone(zone)
    today = datetime.combine(local.date(), hour, tzinfo=zone)
    if (
        today.astimezone(UTC) > now
    ):  # compared in UTC: on a day on which the clocks change, local times mislead
        return datetime.combine(local.date() - timedelta(days=1), hour, tzinfo=zone)
    return today


def holders(memorandum: Memorandum, slug: str) -> list[str]:
    """To whom an agency's reading log answers: the auditor; the auditor's own to the coordinating agency."""
    role = "coordinator" if memorandum.agencies[slug].role == "auditor" else "auditor"
    return [one for one in memorandum.roles.get(role, ()) if one != slug]


def faults(
    memorandum: Memorandum, said: list[tuple[str, int, str]], own: str, reads: Log
) -> Iterator[tuple[str, int, str]]:
    """(slug, log index, reason) of each head of a reading log that is not right; `said` in the order of the logs.

    A head is signed by its agency; it never covers less than one before it, nor other reads of the same number; and our own
    are those of the reading log in this home, which holds at least as many.
    """
    last: dict[str, Checkpoint] = {}
    for slug, index, note in said:
        try:
            key = _key(memorandum, slug, index)
            head = open_checkpoint(note, origin_of(memorandum, slug) + SUFFIX, key)
            before = last.setdefault(slug, head)
            if head.size < before.size:
                raise ProofInvalid(
                    "the reading log covers fewer reads than it did before: it was rolled back"
                )
            if head.size == before.size and head.root != before.root:
                raise ProofInvalid("the reading log holds other reads than it did before")
            last[slug] = head
            if slug == own:
                reads.check_against(note, partial(_always, key))
        except StoreBehind:
            yield (
                slug,
                index,
                "the reading log here is not the one whose head was said: it was rolled back or rewritten",
            )
        except EvidenceFault as fault:
            yield slug, index, fault.message


def _always(key: bytes, size: int) -> bytes:
    return key


def _key(memorandum: Memorandum, slug: str, index: int) -> bytes:
    key = memorandum.agencies[slug].log_key_at(index + 1) if slug in memorandum.agencies else None
    if key is None:
        raise Malformed("a head of a reading log by nobody of this exchange")
    return key
