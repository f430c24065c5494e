"""Every error that Accord raises.

    AccordError
    ├── Refused                what was handed to us cannot be taken; the caller can mend it
    │   ├── UsageRefused           a command was used in a way that has no meaning
    │   ├── SchemaRefused          a schema or a register entry breaks the rules of the vocabulary
    │   ├── MemorandumRefused      a memorandum cannot be enforced, or is not signed, in force or next in line
    │   ├── MappingRefused         a mapping file cannot be used
    │   ├── IntakeRefused          an event fails its schema, or this agency may not publish it
    │   └── ProjectionRefused      a projection names what its role is not entitled to
    ├── EvidenceFault          bytes that somebody else made (or that were damaged) do not prove what they claim
    │   ├── Malformed              not the one encoding that the format allows
    │   ├── SignatureInvalid       a signature does not verify
    │   ├── ProofInvalid           a Merkle proof does not verify
    │   ├── LogForked              one log has said two different things
    │   ├── LogRolledBack          a wire shows less of a log than was verified before
    │   ├── SlotUnopened           a slot does not open under the key its locator names
    │   ├── OverDisclosed          a publisher sent a field to a role that is not entitled to it
    │   └── GrantFaulty            a grant does not match its key message or its chain
    └── Unready                this home cannot do that now
        ├── Damaged                what this home holds itself is not as it was written
        ├── HomeLocked             another process of the same agency holds the home
        ├── NotAdopted             no memorandum is adopted, or the one in force has lapsed
        ├── RenewalAwaited         our log waits until the version with our new keys is adopted
        ├── Overtaken              another worker of this agency has done that meanwhile
        ├── StoreBehind            the wire holds more of our own log than our store does
        └── Unreachable            the wire, or whoever serves another agency's part of it, cannot be reached
            └── EntriesLost            the wire no longer holds entries of a log that it has held

Messages name fields, rows and files, never their values; `advice` says what a person can do.
"""

from __future__ import annotations


class AccordError(Exception):
    """The root of every error of this project.

    `advice` is one sentence for the person at the command line; `where` names the field, row,
    file or log position concerned. Neither ever holds a field's value.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Refused(AccordError):
    """What was handed to us cannot be taken; the caller can mend it."""

    exit_code = 2


class UsageRefused(Refused):
    """A command was used in a way that has no meaning."""


class SchemaRefused(Refused):
    """A schema or a register entry breaks the rules of the vocabulary."""


class MemorandumRefused(Refused):
    """A memorandum cannot be enforced, or is not signed, in force or next in line."""


class MappingRefused(Refused):
    """A mapping file cannot be used."""


class IntakeRefused(Refused):
    """An event fails its schema, or this agency may not publish it."""


class ProjectionRefused(Refused):
    """A projection names what its role is not entitled to."""


class EvidenceFault(AccordError):
    """Bytes that somebody else made, or that were damaged, do not prove what they claim."""


class Malformed(EvidenceFault):
    """Not the one encoding that the format allows."""


class SignatureInvalid(EvidenceFault):
    """A signature does not verify."""


class ProofInvalid(EvidenceFault):
    """A Merkle proof does not verify."""


class LogForked(EvidenceFault):
    """One log has said two different things."""


class LogRolledBack(EvidenceFault):
    """A wire shows less of a log than was verified before."""


class SlotUnopened(EvidenceFault):
    """A slot does not open under the key that its locator names."""


class OverDisclosed(EvidenceFault):
    """A publisher sent a field to a role that is not entitled to it."""


class GrantFaulty(EvidenceFault):
    """A grant does not match its key message or its chain."""


class Unready(AccordError):
    """This home cannot do that now."""

    exit_code = 3


class Damaged(Unready):
    """What this home holds itself is not as it was written."""


class HomeLocked(Unready):
    """Another process of the same agency holds the home."""


class NotAdopted(Unready):
    """No memorandum is adopted, or the one in force has lapsed."""


class RenewalAwaited(Unready):
    """Our log may not grow under the key that is given up, and the version with the new one is not adopted here."""


class StoreBehind(Unready):
    """The wire holds more of our own log than our store does."""


class Overtaken(Unready):
    """Another worker of this agency has done that meanwhile."""


class Unreachable(Unready):
    """The wire, or whoever serves another agency's part of it, cannot be reached now, or does not serve it as it must."""


class EntriesLost(Unreachable):
    """The wire no longer holds entries of a log that it has held."""


def outside(error: OSError) -> Unready:
    """What the system refused, as an error of ours: the path, and nothing of what is there."""
    where = str(error.filename) if error.filename else None
    return Unready(
        error.strerror or "the disk refuses", where=where, advice="Check the path, its rights, the disk."
    )
