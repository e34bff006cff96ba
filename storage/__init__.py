"""What is kept: tables, queues, ledger and migrations, and the only place that knows SQL."""
