"""An agency's publishing side: intake, involvement, the log, the outbox."""

from accord import catalog
from accord.gateway.again import Again
from accord.gateway.batch import Batch
from accord.gateway.follow import Follower
from accord.gateway.lookup import Foreign
from accord.gateway.mapper import SealedRecord
from accord.gateway.outbox import Outbox
from accord.gateway.outcomes import Accepted, Outcome, Refusal, Waiting
from accord.gateway.own import OwnReader
from accord.gateway.receipt import Receipt
from accord.gateway.submission import Group, Submission
from accord.gateway.submit import Publisher
from accord.gateway.writer import Writer

STORE_STEPS = catalog.steps("accord.gateway", "store")

__all__ = [
    "STORE_STEPS",
    "Accepted",
    "Again",
    "Batch",
    "Follower",
    "Foreign",
    "Group",
    "Outbox",
    "Outcome",
    "OwnReader",
    "Publisher",
    "Receipt",
    "Refusal",
    "SealedRecord",
    "Submission",
    "Waiting",
    "Writer",
]
