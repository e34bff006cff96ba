"""Slack: its messages turned into neutral ones and back, and one class that talks to it.

``client.Slack`` is the adapter; ``translate`` and what it is made of are pure and import nothing heavy, so
that the rest of the program starts fast.
"""
