"""The agreement as code: read, checked, signed by a quorum, and compiled into who may see what."""

from accord.memorandum.agreement import (
    OF_ANOTHER_VERSION,
    Agency,
    Involvement,
    LocalCode,
    Memorandum,
)
from accord.memorandum.cards import spoken
from accord.memorandum.check import Report, check
from accord.memorandum.difference import Difference, difference
from accord.memorandum.enrolling import enrol, fill_hashes, read_any_card, row_of
from accord.memorandum.enrolment import Card, make_card, read_card
from accord.memorandum.entitlement import HEADER_INDEX, Audience, Entitlement, Readers
from accord.memorandum.faults import Fault
from accord.memorandum.matrix import matrix, matrix_text
from accord.memorandum.model import (
    ConditionTable,
    Document,
    Duration,
    EntitlementTable,
    FindingTable,
    KeysRow,
    ObligationTable,
)
from accord.memorandum.render import report_json, report_text, summary, summary_text
from accord.memorandum.renewal import Renewal, make_renewal, read_renewal
from accord.memorandum.signature import Tally, append_signature, sign_memorandum
from accord.memorandum.trusted import TrustedMemoranda

__all__ = [
    "HEADER_INDEX",
    "OF_ANOTHER_VERSION",
    "Agency",
    "Audience",
    "Card",
    "ConditionTable",
    "Difference",
    "Document",
    "Duration",
    "Entitlement",
    "EntitlementTable",
    "Fault",
    "FindingTable",
    "Involvement",
    "KeysRow",
    "LocalCode",
    "Memorandum",
    "ObligationTable",
    "Readers",
    "Renewal",
    "Report",
    "Tally",
    "TrustedMemoranda",
    "append_signature",
    "check",
    "difference",
    "enrol",
    "fill_hashes",
    "make_card",
    "make_renewal",
    "matrix",
    "matrix_text",
    "read_any_card",
    "read_card",
    "read_renewal",
    "report_json",
    "report_text",
    "row_of",
    "sign_memorandum",
    "spoken",
    "summary",
    "summary_text",
]
