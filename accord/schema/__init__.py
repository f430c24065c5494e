"""Schemas: the vocabulary, its checker, the gate for values, and their one Avro encoding."""

from accord.schema.check import check
from accord.schema.codec import Codec, Restricted
from accord.schema.evolution import record
from accord.schema.faults import Fault
from accord.schema.generate import drift, source
from accord.schema.intake import Intake
from accord.schema.patterns import PatternError, check_pattern
from accord.schema.plain import (
    date_to_json,
    from_plain,
    own_vocabulary,
    plain_from_json,
    plain_to_json,
    time_to_json,
    to_plain,
)
from accord.schema.specs import CodeList, FieldSpec, Grammar
from accord.schema.times import DAYS, MOMENTS, day_of, days, micros, moment_of
from accord.schema.vocabulary import EventField, EventSpec, Vocabulary

__all__ = [
    "DAYS",
    "MOMENTS",
    "CodeList",
    "Codec",
    "EventField",
    "EventSpec",
    "Fault",
    "FieldSpec",
    "Grammar",
    "Intake",
    "PatternError",
    "Restricted",
    "Vocabulary",
    "check",
    "check_pattern",
    "date_to_json",
    "day_of",
    "days",
    "drift",
    "from_plain",
    "micros",
    "moment_of",
    "own_vocabulary",
    "plain_from_json",
    "plain_to_json",
    "record",
    "source",
    "time_to_json",
    "to_plain",
]
