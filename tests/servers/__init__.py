"""Loopback platform servers that tests, benchmarks and rehearsals talk to instead of Telegram and Slack.

They listen on 127.0.0.1 only, share no code with the program, and write every request down before they
answer or misbehave. Use them inside a test (``async with FakeTelegram() as tg``) or as a process of their
own (``python -m tests.servers.telegram --port 0``), steered over ``/_control/``.
"""
