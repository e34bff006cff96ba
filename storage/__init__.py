"""What is kept: tables, queues, the ledger, and the one way to write. The only place that knows SQLAlchemy.

``Connection`` is named here, so that the use cases can speak of one without knowing whose it is.
"""

from sqlalchemy import Connection

__all__ = ["Connection"]
