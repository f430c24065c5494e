"""PostgreSQL for every store of an agency."""

from accord.adapters.postgres.database import PostgresDatabase
from accord.adapters.postgres.lock import WriterLock
from accord.adapters.postgres.projecting import PostgresProjections
from accord.adapters.postgres.recorder import PostgresLogRecorder

__all__ = ["PostgresDatabase", "PostgresLogRecorder", "PostgresProjections", "WriterLock"]
