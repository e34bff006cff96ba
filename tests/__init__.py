"""The specification of Kuulolla, one sentence of behaviour per test."""
