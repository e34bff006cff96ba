"""A Bot API server on loopback: see `FakeTelegram`; ``python -m tests.servers.telegram`` runs it alone."""

from tests.servers.limits import SendLimits
from tests.servers.telegram.chats import Chat, Message
from tests.servers.telegram.member import Member
from tests.servers.telegram.server import TOKEN, FakeTelegram
from tests.servers.telegram.words import blocked, refusal, server_error, too_many

__all__ = [
    "TOKEN",
    "Chat",
    "FakeTelegram",
    "Member",
    "Message",
    "SendLimits",
    "blocked",
    "refusal",
    "server_error",
    "too_many",
]
