"""A case: one message of a member, or one due moment, on its way through the service.

It knows the person, collects what is to be sent under keys that repeat when the case is done again, and turns
the engine's effects into rows.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from bot.engine import expiry
from bot.engine.flow import Flow
from bot.engine.machine import step
from bot.engine.messages import Button, Delivery, Inbound, Layout, Outbound
from bot.engine.scene import CHOSEN, token
from bot.engine.session import Control, Event, Record, Say, Session, Settle, Sprint, Status, Wait
from bot.service import outcomes, scores
from bot.service.context import Context
from scheduler import burden
from scheduler.surveys import Survey, Timing
from storage import attachments, contacts, waves
from storage.work import Correspondent, OpenSession, Work

CROWDED: Final = 5
"""Messages that wait for one chat before the bot stops adding small talk to them."""
STALE: Final = timedelta(hours=24)
"""A reply that could not be delivered for so long is no reply any more."""


@dataclass(slots=True)
class Case:
    """``prefix`` names the cause (an inbox row, a fire), so that its messages have stable keys."""

    context: Context
    work: Work
    who: Correspondent
    prefix: str
    inbound: Inbound | None = None
    inbox_id: int | None = None
    stranger: bool = False
    """Whether nobody knew the person before this message."""
    count: int = 0

    @property
    def now(self) -> datetime:
        """The moment of the batch, aware UTC."""
        return self.work.now

    @property
    def language(self) -> str:
        """The language that the person is spoken to in."""
        return self.context.language(self.who.language)

    @property
    def zone(self) -> str:
        """The person's IANA zone, else the organisation's."""
        return self.who.zone or self.context.config.organisation.timezone

    def refresh(self) -> None:
        """See the person as just changed."""
        found = self.work.correspondent(self.who.address)
        self.who = found if found is not None else self.who

    def key(self) -> str:
        """The next outbox key of this cause."""
        self.count += 1
        return f"{self.prefix}:{self.count}"

    def words(self, key: str, /, **values: object) -> str:
        """One of the bot's own texts in the person's language."""
        return self.context.texts(key, self.language, **values)

    def say(
        self, text: str, buttons: tuple[Button, ...] = (), layout: Layout = "rows", mark: str = ""
    ) -> None:
        """A message of the bot's own, outside any session. Who floods us is not flooded in return.

        ``mark`` ends its key, so that what comes next can be read as a reply to it.
        """
        if not self.crowded():
            self._reply(f"{self.key()}{mark}", Outbound(text=text, buttons=buttons, layout=layout))

    def say_once(self, about: str, text: str) -> None:
        """One word about something that comes in several messages, such as an album."""
        chat = f"{self.who.platform}/{self.who.account}/{self.who.chat}/{about}"
        key = f"once:{blake2b(chat.encode(), digest_size=16).hexdigest()}"
        if not self.work.enqueued(key):
            self._reply(key, Outbound(text=text))

    def _reply(self, key: str, message: Outbound) -> None:
        self.work.send(self.who, key, message, language=self.language, expires_at=self.now + STALE)

    def crowded(self) -> bool:
        """Whether so much waits for this chat already that small talk would only add to it."""
        return self.work.backlog(self.who) >= CROWDED

    def survey(self, open_session: OpenSession) -> Survey | None:
        """The session's survey; None when the admin has taken it out since."""
        return self.context.config.surveys.get(open_session.survey)

    def flow(self, open_session: OpenSession) -> Flow:
        """The version of the flow that the session keeps."""
        known = self.context.known_flow(open_session.flow_digest)
        return known or self.context.flow(self.work.connection, open_session.flow_digest)

    def advance(self, open_session: OpenSession, event: Event, contact_id: int | None = None) -> OpenSession:
        """Let the engine take one step and turn its effects into rows. Returns the session as it now
        stands.
        """
        flow = self.flow(open_session)
        sprint = step(flow, open_session.session, event, self.now, self.context.texts)
        return self._carry_out(open_session, sprint, contact_id)

    def set_aside(self, invited: OpenSession) -> None:
        """The person has begun something else instead of answering this invite: it closes without a word."""
        flow = self.flow(invited)
        sprint = step(flow, invited.session, Control("not_now"), self.now, self.context.texts)
        quiet = tuple(effect for effect in sprint.effects if not isinstance(effect, Say))
        self._carry_out(invited, Sprint(sprint.session, quiet), None)

    def _carry_out(self, before: OpenSession, sprint: Sprint, contact_id: int | None) -> OpenSession:
        after = sprint.session
        prompt_key, seconds = before.prompt_key, before.seconds
        for effect in sprint.effects:
            match effect:
                case Say():
                    prompt_key = self._say(before, after, effect, contact_id) or prompt_key
                case Settle():
                    self._settle(before, effect, prompt_key)
                case Record():
                    seconds += self._record(before, effect, after.revision)
                    self._weigh(before, effect, after)
                case Wait():
                    self.work.add_fire(
                        kind="timeout",
                        scope=f"{before.row}:{effect.turn}",
                        person_id=before.person_id,
                        session_id=before.row,
                        survey=before.survey,
                        number=effect.turn,
                        due_at=effect.until,
                    )
        if after == before.session and not sprint.effects:
            return before
        changed = replace(
            before,
            session=after,
            prompt_key=prompt_key,
            address_id=self.who.address_id,
            seconds=seconds,
            deadline=self._deadline(before, after) if after.waiting else None,
        )
        self.work.save_session(changed)
        if before.session.waiting and not after.waiting:
            outcomes.ended(self.context.config.policy, self.work, changed, self.survey(changed))
            self._look_for_more(changed)
        return changed

    def _look_for_more(self, ended: OpenSession) -> None:
        """Whoever has just finished may be asked at once what is planned for them soon anyway."""
        hours = self.context.config.policy.piggyback_hours
        if ended.session.status is not Status.COMPLETED or not hours:
            return
        planned = contacts.planned_invites(self.work.connection, ended.person_id)
        if any(one.at <= self.now + timedelta(hours=hours) for one in planned):
            self.work.add_fire(
                kind="offer",
                scope=f"{ended.row}",
                person_id=ended.person_id,
                session_id=ended.row,
                survey=ended.survey,
                due_at=self.now,
            )

    def _say(self, before: OpenSession, after: Session, effect: Say, contact_id: int | None) -> str | None:
        """Enqueue; returns the key if this message is now the prompt that stands open."""
        same_prompt = after.waiting and after.turn == before.session.turn
        if same_prompt and effect.role != "reminder" and self.crowded():
            return None  # the open question waits in line already
        key = self.key()
        prompt = after.waiting and effect.role not in ("note", "closing")
        self.work.send(
            self.who,
            key,
            effect.message,
            delivery=effect.delivery,
            language=after.language,
            session_row=before.row,
            turn=after.turn if prompt else None,
            contact_id=contact_id if effect.delivery is Delivery.INVITE else None,
        )
        return (
            key
            if prompt and (effect.message.buttons or effect.message.controls or effect.role != "hint")
            else None
        )

    def _settle(self, before: OpenSession, effect: Settle, prompt_key: str | None) -> None:
        """Change a prompt, in every copy of it: the pressed message, and what was sent again since."""
        tap = self.inbound if self.inbound is not None and self.inbound.kind == "tap" else None
        if effect.of == "pressed":
            if tap is not None:
                self._edit(self.who, effect, before, ref=tap.ref)
            return
        open_now = token(before.session, "")
        pressed = (
            tap.ref if effect.of == "open" and tap is not None and tap.token.startswith(open_now) else ""
        )
        if pressed:
            self._edit(self.who, effect, before, ref=pressed)
        # asked on another platform, perhaps, than it is answered on
        moved = before.address_id != self.who.address_id
        who = self.work.at_address(before.address_id) if moved and not pressed else self.who
        if who.unreachable is None:
            for key in self._copies(before, effect, prompt_key, pressed):
                self._edit(who, effect, before, key=key)

    def _copies(self, before: OpenSession, effect: Settle, prompt_key: str | None, pressed: str) -> list[str]:
        """The outbox keys of a prompt, but for the message that was pressed."""
        if effect.of == "open" and not before.session.copies:
            return [prompt_key] if prompt_key and not pressed else []
        turn = effect.turn if effect.of == "past" else before.session.turn
        return self.work.prompts(before.row, turn, self.who.chat, pressed)

    def _edit(
        self, who: Correspondent, effect: Settle, before: OpenSession, ref: str = "", key: str | None = None
    ) -> None:
        message = self._unsaid(before, effect.message) if before.sealed else effect.message
        self.work.edit(who, self.key(), message, language=before.session.language, ref=ref, target_key=key)

    def _unsaid(self, before: OpenSession, message: Outbound) -> Outbound:
        """Of an anonymous answer only that it was given: the queue names the person."""
        if before.session.question is None or message.buttons:
            return message
        asked, _, _ = message.text.rpartition("\n")
        return replace(message, text=f"{asked}\n{CHOSEN}{self.words('anonymous.settled')}")

    def _record(self, before: OpenSession, effect: Record, revision: int) -> float:
        if before.sealed:
            return 0.0  # how long it took, summed up over the way, would tell which way it was
        self.work.add_answer(before, effect.question, revision, effect.answer, effect.seconds, self.inbox_id)
        self._keep_file(before, effect, revision)
        question = self.flow(before).question(effect.question)
        return burden.active_seconds(self.context.config.policy, question, effect.seconds - effect.told)

    def _weigh(self, before: OpenSession, effect: Record, after: Session) -> None:
        survey = self.survey(before)
        if survey is not None and survey.alerts and not before.sealed:
            scores.weigh(self.context, self.work, survey, self.flow(before), before, effect, after)

    def _keep_file(self, before: OpenSession, effect: Record, revision: int) -> None:
        """What was sent is to be fetched and kept, where the admin wants it so."""
        answer = effect.answer
        source, inbound = answer.value, self.inbound
        if self.context.config.media.keep != "download" or inbound is None or "what" not in answer.detail:
            return
        if answer.status != "answered" or not isinstance(source, str):
            return
        mime = str(answer.detail.get("mime", "image/jpeg" if answer.detail["what"] == "photo" else ""))
        attachments.add(
            self.work.connection,
            session_id=before.row,
            question=effect.question,
            revision=revision,
            platform=inbound.platform,
            account=inbound.account,
            source=source,
            mime=mime,
            file=attachments.file_name(mime),
            now=self.now,
        )

    def _deadline(self, before: OpenSession, after: Session) -> datetime | None:
        survey = self.survey(before)
        closes = waves.closes_at(self.work.connection, before.wave_id) if before.wave_id is not None else None
        return expiry.deadline(survey.timing if survey else Timing(), after, closes)
