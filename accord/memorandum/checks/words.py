"""Numbers and codes: the only words that are the community's own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from accord.memorandum.draft import Draft
from accord.memorandum.faults import Found
from accord.schema import CodeList, PatternError, check_pattern

LONGEST_CODE = 40
_CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")

# The vocabulary bars these as names of fields, since they can point at someone's people or home. As part of
# a programme's own name ("canoe_family", "longhouse_people") they name a life way of the community.
LIFE_WAYS = frozenset({"family", "people", "house", "language", "story", "speech", "village"})


def numbers(draft: Draft) -> Iterator[Found]:
    """Every issuer is a member; every pattern is bounded and within the vocabulary's grammar."""
    grammar = draft.vocabulary.number
    for slug, kinds in draft.document.numbers.items():
        if slug not in draft.role_of:
            yield Found("unknown-agency", ("numbers", slug), f"no agency is called {slug}")
        for kind, pattern in kinds.items():
            path = ("numbers", slug, kind)
            if kind not in draft.vocabulary.number_kinds:
                yield Found("unknown-number-kind", path, f"no number is called {kind}")
            try:
                check_pattern(pattern, grammar.pattern.pattern, grammar.longest)
            except PatternError as fault:
                yield Found("number-pattern", path, f"the pattern for {kind} cannot be used: {fault}")


def codes(draft: Draft) -> Iterator[Found]:
    """Local codes stand in the four open lists, are words that point at nobody, and count as core codes."""
    for name, rows in draft.document.codes.items():
        known = draft.vocabulary.lists.get(name)
        if known is None or not known.local:
            yield Found("unknown-list", ("codes", name), f"{name} is not the community's to fill")
            continue
        for code, row in rows.items():
            path = ("codes", name, code)
            if known.of == "citation":
                yield from _citation(draft, path, code, row.counts_as)
            else:
                yield from _code(draft, known, path, code, row.counts_as)


def _citation(draft: Draft, path: tuple[str, ...], code: str, counts_as: str | None) -> Iterator[Found]:
    grammar = draft.vocabulary.citation
    if len(code) > grammar.longest or not grammar.pattern.fullmatch(code):
        yield Found("citation-form", path, "this is not a citation")
    if counts_as is not None:
        yield Found("form", path, "a statute counts as nothing else")


def _code(
    draft: Draft, known: CodeList, path: tuple[str, ...], code: str, counts_as: str | None
) -> Iterator[Found]:
    if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
        yield Found("code-form", path, "this is not a code")
    if code in known.codes:
        yield Found("duplicate", path, f"{code} is a core code already")
    if counts_as not in known.codes:
        yield Found("unknown-core-code", path, f"{code} counts as no core code of {known.name}")
    plain = "_".join(word for word in code.split("_") if word not in LIFE_WAYS)
    if plain and (word := draft.vocabulary.barred_word(plain)):
        yield Found("barred-word", path, f"the code has the word {word}")


def ids(draft: Draft) -> Iterator[Found]:
    """The ids of obligations travel as codes, so no barred word stands in them either."""
    for number, one in enumerate(draft.document.obligation):
        if word := draft.vocabulary.barred_word(one.id):
            yield Found("barred-word", ("obligation", number, "id"), f"the id has the word {word}")
