"""Are all strings that a pattern admits within a grammar: an issuer's numbers, a register's numbers and citations?

A pattern is a regular expression of a small kind: capitals, digits and . / : - one by one or in classes,
groups, alternatives, bounded repeats. It is turned into an automaton; so is the grammar; every string of
the one is walked through the other (subset construction, Rabin and Scott 1959), which ends because repeats
are bounded. So the answer is exact, not a sample.
"""

from __future__ import annotations

import string
from functools import lru_cache
from typing import TypeAlias

Symbols: TypeAlias = frozenset[str]
States: TypeAlias = frozenset[int]

ALPHABET = string.ascii_uppercase + string.digits + "./:-"
_MOST_STATES = 5000
_MOST_PAIRS = 20_000


class PatternError(ValueError):
    """Why a pattern cannot be used; the text is for a person."""


class Automaton:
    """States joined by symbols and by nothing; 0 begins, `end` accepts. Built from a pattern."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._free: list[list[int]] = []
        self._edges: list[list[tuple[Symbols, int]]] = []
        begin = self._state()
        self.end = self._alternatives(begin)
        if self._at < len(self._text):
            raise PatternError("a bracket closes that was never opened")
        self.begin = self._closed({begin})

    def step(self, states: States, symbol: str) -> States:
        """The states after one more symbol."""
        return self._closed({to for one in states for symbols, to in self._edges[one] if symbol in symbols})

    def next_symbols(self, states: States) -> Symbols:
        """The symbols that lead on from these states."""
        return frozenset().union(*(symbols for one in states for symbols, _ in self._edges[one]))

    def _state(self) -> int:
        if len(self._edges) >= _MOST_STATES:
            raise PatternError("it is too large")
        self._free.append([])
        self._edges.append([])
        return len(self._edges) - 1

    def _closed(self, states: set[int]) -> States:
        found, waiting = set(states), list(states)
        while waiting:
            for to in self._free[waiting.pop()]:
                if to not in found:
                    found.add(to)
                    waiting.append(to)
        return frozenset(found)

    # ---- The pattern, from left to right; each part takes the state before it and gives the one after ----

    def _alternatives(self, begin: int) -> int:
        end = self._state()
        self._free[self._sequence(begin)].append(end)
        while self._take("|"):
            self._free[self._sequence(begin)].append(end)
        return end

    def _sequence(self, state: int) -> int:
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            state = self._repeated(state)
        return state

    def _repeated(self, state: int) -> int:
        start = self._at
        self._atom(self._state())
        low, high = self._counts()
        after = self._at
        for number in range(high):
            self._at = start
            before = state
            state = self._atom(self._entry(state))
            if number >= low:
                self._free[before].append(state)
        self._at = after
        return state

    def _entry(self, state: int) -> int:
        fresh = self._state()
        self._free[state].append(fresh)
        return fresh

    def _counts(self) -> tuple[int, int]:
        if self._take("?"):
            return 0, 1
        if self._peek() in ("*", "+"):
            raise PatternError("a repeat has no end")
        if not self._take("{"):
            return 1, 1
        body, closed, _ = self._text[self._at :].partition("}")
        low, comma, high = body.partition(",")
        if (
            not closed
            or not (low.isascii() and low.isdigit())
            or (comma and not (high.isascii() and high.isdigit()))
        ):
            raise PatternError(
                "a repeat has no end" if closed and comma and not high else "a repeat is not whole"
            )
        self._at += len(body) + 1
        least, most = int(low), int(high if comma else low)
        if least > most or most > 24:
            raise PatternError("a repeat is too long")
        return least, most

    def _atom(self, state: int) -> int:
        if self._take("("):
            if self._take("?") and not self._take(":"):
                raise PatternError("a group looks around or has a name")
            end = self._alternatives(state)
            if not self._take(")"):
                raise PatternError("a bracket is never closed")
            return end
        symbols = self._class() if self._take("[") else frozenset(self._symbol())
        end = self._state()
        self._edges[state].append((symbols, end))
        return end

    def _class(self) -> Symbols:
        body, closed, _ = self._text[self._at :].partition("]")
        if not closed or not body or body[0] == "^":
            raise PatternError("a class lists what it admits")
        self._at += len(body) + 1
        return frozenset(_members(body))

    def _symbol(self) -> str:
        escaped = self._take("\\")
        symbol = self._peek()
        if (
            not symbol
            or symbol not in ALPHABET
            or (symbol == "." and not escaped)
            or (escaped and symbol.isalnum())
        ):
            raise PatternError("only capitals, digits, \\. / : - stand in a pattern")
        self._at += 1
        return symbol

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self, symbol: str) -> bool:
        if self._peek() != symbol:
            return False
        self._at += 1
        return True


def _members(body: str) -> str:
    members, position = "", 0
    while position < len(body):
        first, rest = body[position], body[position + 1 : position + 3]
        if len(rest) == 2 and rest[0] == "-":
            span = ALPHABET.find(first), ALPHABET.find(rest[1])
            if (
                -1 in span
                or span[0] > span[1]
                or first.isdigit() != rest[1].isdigit()
                or not rest[1].isalnum()
            ):
                raise PatternError("a class has a span that is none")
            members += ALPHABET[span[0] : span[1] + 1]
            position += 3
        else:
            members += first
            position += 1
    if set(members) - set(ALPHABET):
        raise PatternError("only capitals, digits, . / : - stand in a pattern")
    return members


_Pairs: TypeAlias = set[tuple[States, States]]


@lru_cache(maxsize=512)
def check_pattern(pattern: str, grammar: str, longest: int) -> None:
    """Every string of `pattern` is in `grammar`, at most `longest` long; raises PatternError."""
    own, whole = Automaton(pattern), _automaton(grammar)
    waiting: _Pairs = {(own.begin, whole.begin)}
    seen: _Pairs = set()
    for _ in range(longest + 1):
        waiting = _step(own, whole, waiting, seen)
        if not waiting:
            return
    raise PatternError(f"it admits more than {longest} characters")


def check_within(pattern: str, grammar: str, longest: int) -> None:
    """Every string of `pattern` that is at most `longest` long is in `grammar`; raises PatternError."""
    if pattern == grammar:
        return
    own, whole = Automaton(pattern), _automaton(grammar)
    waiting: _Pairs = {(own.begin, whole.begin)}
    seen: _Pairs = set()
    for _ in range(longest + 1):
        waiting = _step(own, whole, waiting, seen) - seen  # a pair that was met has been met sooner


def _step(own: Automaton, whole: Automaton, waiting: _Pairs, seen: _Pairs) -> _Pairs:
    """Where one more symbol leads; raises PatternError where a string ends here that the grammar does not admit."""
    for states, allowed in waiting:
        if own.end in states and whole.end not in allowed:
            raise PatternError("it admits what the grammar does not")
    seen |= waiting
    if len(seen) > _MOST_PAIRS:
        raise PatternError("it is too large")
    return {
        (own.step(states, symbol), whole.step(allowed, symbol))
        for states, allowed in waiting
        for symbol in own.next_symbols(states)
    }


@lru_cache(maxsize=4)
def _automaton(grammar: str) -> Automaton:
    return Automaton(grammar)
