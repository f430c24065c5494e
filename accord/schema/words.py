"""Words that no name in the vocabulary may have, because they point at a person or hold free text.

A name is split at "_", "-", digits and capitals (`dv_party`, `dvParty`, `party2`); singular and plural are
one word; a digit that stands for a letter is read as that letter. The lists are in the register, under
`barred`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LETTERS = str.maketrans("0134578@$", "oieastbas")
_IRREGULAR = {
    "women": "woman",
    "wives": "wife",
    "children": "child",
    "kids": "kid",
    "people": "person",
    "persons": "person",
    "addresses": "address",
    "witnesses": "witness",
    "races": "race",
    "sexes": "sex",
}

# CWNC, CWFTA, VWNS: a complaining or victim witness who did not come, failed to appear, declined, refused.
_ABSENT_WITNESS = re.compile(r"[cv]w[dfnru][a-z]{0,4}")


@dataclass(frozen=True)
class Barred:
    """The barred words of a register.

    `words` are refused as a word of a name, `inside` even within a longer word, `whole` as a whole name;
    `allowed` maps names that pass all the same to the reason. `persons` are those of `words` by which a source
    code shows that it is about a survivor, a witness or a child, or blames one.
    """

    words: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    allowed: Mapping[str, str] = field(default_factory=dict)
    persons: frozenset[str] = frozenset()

    def find(self, name: str) -> str | None:
        """The barred word that `name` has, or None."""
        if name in self.allowed:
            return None
        return next(self._hits(name), None)

    def person(self, code: str) -> str | None:
        """The word by which a local code shows that it is about a survivor, a witness or a child, or None."""
        parts = split(code)
        told = (part for part in parts if _ABSENT_WITNESS.fullmatch(part))
        within = (w for w in sorted(self.inside & self.persons) if w in "".join(parts))
        phrases = (word for word in self._phrases(parts) if word in self.persons)
        return next((word for words in (phrases, within, told) for word in words), None)

    def _hits(self, name: str) -> Iterator[str]:
        for reading in dict.fromkeys((name, name.translate(_LETTERS))):
            parts = split(reading)
            if "_".join(parts) in self.whole:
                yield "_".join(parts)
            yield from self._phrases(parts)
            yield from (word for word in sorted(self.inside) if word in "".join(parts))

    def _phrases(self, parts: list[str]) -> Iterator[str]:
        for start in range(len(parts)):
            for end in range(start + 1, min(len(parts), start + 4) + 1):
                yield from self._word("_".join(parts[start:end]))
                yield from self._word("".join(parts[start:end])) if end > start + 1 else ()

    def _word(self, word: str) -> Iterable[str]:
        return sorted(form for form in singulars(word) if form in self.words)


def split(name: str) -> list[str]:
    """The words of a name, in lower case: `contactInfo2` -> contact, info."""
    return [part.lower() for part in _PART.findall(name)]


def singulars(word: str) -> set[str]:
    """The word itself and what it may be the plural of."""
    forms = {word, _IRREGULAR.get(word, word)}
    if word.endswith("s"):
        forms.add(word[:-1])
    if word.endswith("es"):
        forms.add(word[:-2])
    if word.endswith("ies"):
        forms.add(word[:-3] + "y")
    return forms
