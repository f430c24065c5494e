"""What no register may give up: the words that stay barred, and the widest grammars of its only strings.

A register is a file that a board may change; these are not. A register may bar more words and narrow its
grammars, never the other way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Widest(NamedTuple):
    """A grammar beyond which no register goes, and its greatest length in characters."""

    grammar: str
    longest: int


NUMBERS: Final = Widest(
    r"(?:[A-Z]{1,4}[./-]){0,3}[A-Z]{0,4}[0-9]{1,20}(?:(?:[./-][A-Z]{0,4}|[A-Z]{1,4})[0-9]{1,20}){0,5}(?:[./-]?[A-Z]{1,2})?",
    24,
)
CITATIONS: Final = Widest(
    r"(?:[A-Z]{1,4}[.:/-]){0,3}[A-Z]{0,4}[0-9]{1,6}(?:[.:/-](?:[0-9]{1,6}[A-Z]{0,2}|[A-Z]{1,3}[0-9]{0,6})|[A-Z]{1,2}){0,10}",
    120,
)
LETTERS_IN_A_RUN: Final = 4

BARRED: Final[Mapping[str, frozenset[str]]] = {
    group: frozenset(words.split())
    for group, words in {
        "never": """
            name victim survivor witness complainant petitioner woman wife husband child minor parent mother
            relation spouse partner address location residence home phone birth race sex gender uncooperative
            recanted note text comment narrative reason_text
        """,
        "persons": """
            accuser affiant aggrieved applicant baby beneficiary boy boyfriend brother bystander caller child
            claimant cohabitant complainant complainer complaining couple cw dad daddy daughter denunciante
            dependent deponent esposa esposo family_member father fiance fiancee friend girl girlfriend guardian
            harmed her hers herself hija hijo household husband infant informant injured intimate juvenile kid
            kin lover madre mama marido marital marriage minor mom mommy mother mujer mum neighbor neighbour
            nina nino other_side padre papa parent pareja partner party petitioner plaintiff pregnancy pregnant
            protected protectee relation relationship relative reporter roommate she sibling sister
            sobreviviente son spouse survivor teen testigo tipster vctm vic vict victim victima wife wit witness
            woman
        """,
        "anybody": """
            client ex human individual judge nombre officer participant patient people person resident
            respondent subject
        """,
        "blame": """
            absence_of_victim declined_to_testify lied nonparticipation provoked recant recanted reconciled
            refused_to_prosecute reluctant uncoop uncooperative unwilling
        """,
        "inside": """
            victim survivor witness complainant petitioner spouse husband boyfriend girlfriend address telephone
            narrative comment remark freetext surname nickname firstname lastname fullname birthdate birthplace
            uncooperat recant pregnan
        """,
    }.items()
}
"""Group of the register's `barred` -> words that must stay in it."""

ALLOWED: Final = frozenset({"no_third_party", "third_party_contact"})
"""The vocabulary's own names that have one of these words; no register may allow another."""
