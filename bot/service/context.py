"""What every use case needs and none of them changes: configuration, texts, translators and known flows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.config.model import Config
from bot.engine.flow import Flow
from bot.engine.flow import digest as digest_of
from bot.engine.messages import Inbound
from bot.service.costs import NOTHING
from bot.texts import Texts
from scheduler.surveys import Survey
from storage import Connection, answer_times
from storage import flows as flow_rows

Translate = Callable[[bytes], Inbound | None]
"""A stored update -> what the member did, or None where it is nothing for us."""

DOUBT: Final = timedelta(seconds=30)
"""How long a question that perhaps did not arrive waits for a reply before it is sent once more."""


@dataclass(slots=True)
class Context:
    """One per process. ``translate`` maps a platform's name to its pure translation."""

    config: Config
    texts: Texts
    translate: Mapping[str, Translate]
    doubt: timedelta = DOUBT
    _versions: dict[str, Flow] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)
    _learned: Mapping[str, Mapping[str, float]] | None = None

    def learned(self, connection: Connection, flow: str) -> Mapping[str, float]:
        """The seconds that questions of a flow really take, as far as that is known."""
        if self._learned is None:
            self._learned = answer_times.known(connection)
        return self._learned.get(flow, NOTHING)

    def relearn(self) -> None:
        """What was learned may have changed: look again when it is needed."""
        self._learned = None

    def known_flow(self, digest: str) -> Flow | None:
        """The version of a flow, if it was asked for since the start."""
        return self._versions.get(digest)

    def flow(self, connection: Connection, digest: str) -> Flow:
        """The version of a flow that a session keeps."""
        if digest not in self._versions:
            self._versions[digest] = flow_rows.get(connection, digest)
        return self._versions[digest]

    def present_flow(self, survey: Survey) -> tuple[Flow, str]:
        """The flow as the configuration has it now, and its digest."""
        if survey.flow not in self._digests:
            self._digests[survey.flow] = digest_of(self.config.flows[survey.flow])
        digest = self._digests[survey.flow]
        return self._versions.setdefault(digest, self.config.flows[survey.flow]), digest

    def language(self, *wishes: str | None) -> str:
        """The first of these languages that the organisation speaks, else its own first."""
        spoken = self.config.organisation.languages
        return next((wish for wish in wishes if wish in spoken), spoken[0])

    def keep(self, connection: Connection, survey: Survey, now: datetime) -> str:
        """Store the present version of the survey's flow if it is new; returns its digest."""
        flow, digest = self.present_flow(survey)
        return flow_rows.keep(connection, flow, now, digest)
