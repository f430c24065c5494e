"""What can be wrong with a memorandum: every kind of fault, why it matters, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from accord.memorandum.source import Lines, Path

# kind: (why it matters, what to do)
KINDS: dict[str, tuple[str, str]] = {
    "not-toml": ("nothing can be enforced from a file that cannot be read", "Mend the file at this line."),
    "form": (
        "a word that is not known would be silently ignored, and nothing here may be",
        "Write it as the model memorandum does.",
    ),
    "unknown-agency": (
        "a rule for nobody protects nobody",
        "Name a slug of [[agency]], or a field of the event that holds one.",
    ),
    "unknown-role": ("a right for nobody hides a right that somebody lacks", "Use a role of the vocabulary."),
    "unknown-event": ("an event that does not exist is never published", "Use an event of the vocabulary."),
    "unknown-field": (
        "a field that does not exist is never shown",
        "Use a field that the vocabulary gives this event.",
    ),
    "unknown-clause": (
        "every right and every promise rests on words that the board signed",
        "Name a clause of the .md file, or add it there.",
    ),
    "unknown-code": (
        "a condition on a code that does not exist is never met",
        "Use a code of the field's list.",
    ),
    "unknown-core-code": (
        "a local code is counted as a core code, or it cannot be counted",
        "Name a code of the core list.",
    ),
    "unknown-list": (
        "only four lists are the community's own",
        "Use statute, offense, sanction or rehabilitation.",
    ),
    "unknown-number-kind": (
        "a kind of number that does not exist is never sent",
        "Use a number kind of the vocabulary.",
    ),
    "duplicate": ("two entries for one thing can say two things", "Keep one."),
    "role-for-agency": (
        "a rule that names a role lets in every agency that holds it; nobody said which is needed",
        "Write one rule for each agency, by its slug.",
    ),
    "role-missing": (
        "a field can name any agency; without a role the rule lets in whoever is named",
        "Add role = ... to the rule.",
    ),
    "named-field": (
        "only a field that holds an agency can name a reader",
        "Name a field of type agency of this event.",
    ),
    "not-its-act": (
        "an agency publishes its own acts only; the vocabulary says whose an act is",
        "Take the event out, or give it to the role that acts.",
    ),
    "cannot-publish": (
        "a rule set off by an event that this role never publishes is never set off",
        "Name roles that publish the event.",
    ),
    "lets-itself-in": ("nobody lets himself in (clause 3.3)", "Let another agency's act bring it in."),
    "link-opens": (
        "a link says that two files are one matter, and opens nothing (clause 3.3)",
        "Let a referral bring the agency in.",
    ),
    "never-ends": (
        "an end that cannot come is none, and who was let in stays",
        "Name an event that stands in a file that the rule opens, or let it lapse.",
    ),
    "counted-and-shown": (
        "what may only be counted is never shown (clause 4.7)",
        "Take the field out of one of the two.",
    ),
    "let-in-by-name": (
        "nothing is referred to the coordinating agency or the auditor, and they answer no violation",
        "Take the role out of the rule.",
    ),
    "authority-missing": (
        "a role that is not a criminal justice agency needs its own legal authority to be let in",
        'Add authority = "..." with the law that allows it.',
    ),
    "coordinator-grants": (
        "the coordinating agency never hands over keys (clause 3.8)",
        "Name a criminal justice agency.",
    ),
    "cannot-grant": (
        "a publisher grants only what it knows of; this rule would never be carried out",
        "Entitle it to the event and the naming field, and involve it.",
    ),
    "dead-entitlement": (
        "a right that no rule ever opens looks like a right and is none",
        "Add an involvement that opens it, or take the right out.",
    ),
    "too-many-audiences": (
        "an entry has eight slots, one of them the header",
        "Give fields of this event the same readers.",
    ),
    "obligation-form": (
        "a promise that cannot be matched can be neither kept nor broken",
        "Write it as the model memorandum does.",
    ),
    "cannot-compute": (
        "a promise nobody can check is none",
        "Entitle that role to the field, or match on another.",
    ),
    "not-computed-yet": (
        "nobody can tell yet whether it was kept, and it is shown so",
        "Keep the promise, and ask each agency on paper.",
    ),
    "owner-unclear": (
        "a promise is one agency's, or nobody's",
        'Name "publisher", "every", a role held by one agency, or a field that names one.',
    ),
    "finding-form": (
        "what must always be there, or nobody sees, cannot be found missing",
        "Name optional fields that the coordinating agency is shown.",
    ),
    "barred-word": (
        "a code that points at a person says what no code may say (clause 2.1)",
        "Name what the agency decided or did.",
    ),
    "code-form": (
        "codes are words, not sentences",
        "Use small letters, digits and underscores, at most 40 characters.",
    ),
    "citation-form": (
        "a statute is a citation within the grammar of the vocabulary",
        "Write it like 9-13-103.A.",
    ),
    "number-pattern": (
        "a loose pattern would let a name through",
        "Use bounded repeats of capitals, digits and . / - within the vocabulary's grammar.",
    ),
    "suppression": ("small cells point at people", "Use the minimums of clause 9.2 or higher ones."),
    "quorum": (
        "an agreement of a few, or without the coordinating agency, is none (clause 4.4, 10.1)",
        "Ask for more than half, the coordinating agency among them.",
    ),
    "no-coordinator": (
        "advocacy leads, and sees what every promise came to (clause 4.1)",
        "Give one agency the role coordinator.",
    ),
    "witness": ("a witness that is not there signs nothing", "Name as many witnesses as are needed."),
    "times": ("an agreement has a beginning before its end", "Mend the dates."),
    "vocabulary-changed": (
        "the agreement was made about another vocabulary",
        "Check out the register it names, or agree on this one.",
    ),
    "clauses-changed": (
        "the words that were signed are not these words",
        "Restore the .md file, or fill in the hash anew before anyone signs.",
    ),
    "another-exchange": ("agreements do not cross", "Use the file of this exchange."),
    "rollback": (
        "an older agreement could open what a newer one closed",
        "Give the new file the next version and the hash of the one before.",
    ),
    "keys-rewritten": ("what was signed under a key must stay checkable under it", "Only add rows to keys."),
    "keys-renewed": (
        "whoever holds these keys speaks for the agency from then on",
        "Compare the SHA-256 of its renewal card by voice.",
    ),
    "signature": (
        "a line that proves nothing hides who did not sign",
        "Remove the line, or have the agency sign these exact bytes.",
    ),
    "lapsed": ("no agreement, no exchange", "Adopt a new version."),
    "vocabulary-missing": (
        "the agreement must say which vocabulary it is about",
        "Run: accord memorandum enrol.",
    ),
    "clauses-missing": ("the agreement must say which words it stands for", "Run: accord memorandum enrol."),
    "keys-missing": (
        "without keys an agency can neither sign nor read",
        "Run: accord memorandum enrol, with its card.",
    ),
    "witness-key-missing": ("a witness without a key signs nothing", "Enter its Ed25519 key, in base64."),
    "authority-blank": ("a blank is not a law", "Enter the law that allows it."),
    "signatures-missing": (
        "a version counts when its quorum has signed",
        "Run: accord memorandum sign, at each agency.",
    ),
    "not-yet-valid": ("it is not in force yet", "Wait for its first day."),
    "ends-soon": ("when it lapses, nothing is published", "Agree on the next version now."),
    "in-grace": ("it has ended; publishing stops when the grace does", "Adopt the next version."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong (or missing, or alarming): what, where, why it matters, what to do."""

    kind: str
    path: str
    line: int | None
    message: str
    why: str
    advice: str

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "the file"
        what = f" ({self.path})" if self.path else ""
        return f"{where}{what}: {self.message}: {self.why}. {self.advice}"


@dataclass(frozen=True, slots=True)
class Found:
    """A fault as a rule finds it, before its line is known."""

    kind: str
    path: Path
    message: str


def placed(found: Iterable[Found], lines: Lines) -> tuple[Fault, ...]:
    """Give each fault its line, its reason and its advice; sorted by line, each once."""
    faults = dict.fromkeys(_placed(one, lines) for one in found)
    return tuple(sorted(faults, key=lambda one: (one.line or 0, one.path, one.message)))


def _placed(found: Found, lines: Lines) -> Fault:
    why, advice = KINDS[found.kind]
    return Fault(found.kind, dotted(found.path), lines.line(found.path), found.message, why, advice)


def dotted(path: Path) -> str:
    """A path as a person writes it: involvement[3].agency, positions counted from 1."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
