"""The versions of one exchange's memorandum that this agency trusts: bytes in, trusted object out.

`update` takes the next version. Each step stops what its line says:

    1. the version held already: nothing to do      a repeat counted as a change
    2. read and check every rule                    a memorandum that cannot be enforced
    3. same exchange, next version, previous hash   another exchange's file; rollback; a fork of the chain
    4. hashes and keys are all there                a signature over words that can be exchanged later
    5. the clauses are those that were hashed       other words under the same signatures
    6. quorum by the keys of the version itself     a few who decide for all
    7. quorum by the keys of the version before     a thief of new keys who enrols a whole new exchange
    8. not lapsed                                   freezing: an old version shown as the newest

Nothing changes unless all pass. No disk, no clock: the caller reads the files and says what time it is.
A version takes effect in a log at the position of that log's MemorandumAdopted entry, not at a time.
"""

from __future__ import annotations

from datetime import datetime

from accord.errors import MemorandumRefused, NotAdopted
from accord.memorandum.agreement import Agency, Memorandum
from accord.memorandum.check import Report, check
from accord.memorandum.faults import Fault
from accord.schema import Vocabulary


class TrustedMemoranda:
    """The chain of adopted versions, the oldest first; empty before the first adoption."""

    def __init__(self, vocabulary: Vocabulary, exchange: str | None = None) -> None:
        """Trust nothing yet. `exchange`: the only exchange to accept; None: that of the first version."""
        self._vocabulary = vocabulary
        self._exchange = exchange
        self._versions: list[Memorandum] = []

    @property
    def versions(self) -> tuple[Memorandum, ...]:
        """Every version adopted, the oldest first."""
        return tuple(self._versions)

    @property
    def newest(self) -> Memorandum | None:
        """The version adopted last; None before the first."""
        return self._versions[-1] if self._versions else None

    @property
    def members(self) -> dict[str, Agency]:
        """Every agency of any version adopted here, as the newest that has it says: the logs of those who left stay."""
        return {slug: member for version in self._versions for slug, member in version.agencies.items()}

    def update(self, data: bytes, signatures: bytes, clauses: bytes, now: datetime | None) -> Memorandum:
        """Adopt the next version (exact bytes of the .toml, .sig and .md); raises MemorandumRefused.

        `now` is an aware time; None for a version that was adopted here before, which may have lapsed since.
        A version held already is returned as it is.
        """
        for version in self._versions:  # step 1
            if version.text == data:
                return version
        report = check(  # steps 2 to 8
            data, self._vocabulary, clauses=clauses, previous=self.newest, signatures=signatures, now=now
        )
        memorandum = _adoptable(report)
        self._check_place(memorandum)
        self._versions.append(memorandum)
        return memorandum

    def _check_place(self, memorandum: Memorandum) -> None:
        """Step 3, where there is no version before to compare with."""
        if self._exchange is not None and memorandum.exchange != self._exchange:
            raise MemorandumRefused(f"this is the memorandum of {memorandum.exchange}", where=self._exchange)
        if not self._versions and memorandum.version != 1:
            raise MemorandumRefused(
                "the first version to adopt is version 1",
                advice="Adopt the versions in their order, from the first.",
            )

    def in_force(self, now: datetime) -> Memorandum:
        """The newest version whose time has come; raises NotAdopted if none has, or its grace is over."""
        begun = [version for version in self._versions if version.valid_from <= now]
        if not begun:
            raise NotAdopted("no memorandum is in force yet", advice="Run: accord memorandum adopt.")
        newest = begun[-1]
        if now > newest.valid_until + newest.grace:
            raise NotAdopted(
                "the memorandum has lapsed", advice="No agreement, no exchange: adopt a new version."
            )
        return newest

    def by_sha256(self, sha256: bytes) -> Memorandum:
        """The adopted version with this id (32 bytes), which an entry names; raises NotAdopted."""
        for version in self._versions:
            if version.sha256 == sha256:
                return version
        raise NotAdopted("an entry names a memorandum that was never adopted here")


def _adoptable(report: Report) -> Memorandum:
    lacking: tuple[Fault, ...] = (*report.faults, *report.missing)
    if report.memorandum is None or lacking:
        lines = "\n".join(f"  {one}" for one in lacking)
        raise MemorandumRefused(
            f"this version cannot be adopted\n{lines}", advice="Run: accord memorandum check."
        )
    return report.memorandum
