"""A verified copy of every agency's log, what this home opens of it, and who is part of what."""

from accord import catalog
from accord.replica.judge import Judge
from accord.replica.receive import Receiver, pair_info
from accord.replica.relations import Citable, File, RuleEvent
from accord.replica.replica import LogState, OwnEntries, Replica
from accord.replica.rings import RingStore
from accord.replica.verify import HeadReader, check_head, verify_bundle
from accord.replica.work import Item

REPLICA_STEPS = catalog.steps("accord.replica", "store")

__all__ = [
    "REPLICA_STEPS",
    "Citable",
    "File",
    "HeadReader",
    "Item",
    "Judge",
    "LogState",
    "OwnEntries",
    "Receiver",
    "Replica",
    "RingStore",
    "RuleEvent",
    "check_head",
    "pair_info",
    "verify_bundle",
]
