"""The tables. The guards stand here, in keys and indexes, not in code that might be passed by.

Every time column is UTC; every JSON column is text, so that both databases store the same bytes.

One file for each matter; from outside they are all found here.
"""

from storage.tables.anonymity import anonymous_pool
from storage.tables.asking import (
    SESSIONS_WAITING,
    answer_times,
    answers,
    contacts,
    flows,
    sessions,
    wave_people,
    waves,
)
from storage.tables.base import (
    metadata,
)
from storage.tables.encounters import attendance, encounters
from storage.tables.keeping import (
    alerts,
    audit,
    calls,
    meta,
)
from storage.tables.media import attachments, draws
from storage.tables.people import (
    NOBODY,
    addresses,
    person_groups,
    persons,
)
from storage.tables.queues import (
    FIRES_WAITING,
    INBOX_NEW,
    OUTBOX_DOUBTFUL,
    OUTBOX_WAITING,
    fires,
    holds,
    inbox,
    late_results,
    leases,
    outbox,
    rate_buckets,
    schedule_slots,
    schedules,
)
from storage.tables.reports import shown_figures
from storage.tables.rights import (
    consents,
    erasures,
    link_codes,
    link_tries,
    merges,
    notices,
    person_topics,
    published,
)
from storage.tables.voice import asides, link_misses, link_uses, links, shares, voice_replies, voices

__all__ = [
    "FIRES_WAITING",
    "INBOX_NEW",
    "NOBODY",
    "OUTBOX_DOUBTFUL",
    "OUTBOX_WAITING",
    "SESSIONS_WAITING",
    "addresses",
    "alerts",
    "anonymous_pool",
    "answer_times",
    "answers",
    "asides",
    "attachments",
    "attendance",
    "audit",
    "calls",
    "consents",
    "contacts",
    "draws",
    "encounters",
    "erasures",
    "fires",
    "flows",
    "holds",
    "inbox",
    "late_results",
    "leases",
    "link_codes",
    "link_misses",
    "link_tries",
    "link_uses",
    "links",
    "merges",
    "meta",
    "metadata",
    "notices",
    "outbox",
    "person_groups",
    "person_topics",
    "persons",
    "published",
    "rate_buckets",
    "schedule_slots",
    "schedules",
    "sessions",
    "shares",
    "shown_figures",
    "voice_replies",
    "voices",
    "wave_people",
    "waves",
]
