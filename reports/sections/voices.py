"""Feedback unasked and the loop, from the tables to what may be shown. Reads only."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from bot.config.model import Config
from reports.figures.feedback import Feedback, feedback
from reports.figures.loop import Loop, Message, loop
from reports.suppression import K_SCORES
from storage import Connection, heard

YEAR: Final = timedelta(days=365)


def read_feedback(connection: Connection, config: Config, now: datetime) -> Feedback | None:
    """What people said of their own accord in twelve months; months are those of the organisation's zone."""
    zone = ZoneInfo(config.organisation.timezone)
    voices = heard.feedback(connection, now - YEAR)
    return feedback(
        ((one.said_at.astimezone(zone).date(), one.feeling, one.state, one.person) for one in voices),
        K_SCORES,
    )


def read_loop(connection: Connection, config: Config, now: datetime) -> Loop | None:
    """Every survey that asked somebody in twelve months, and what was told back."""
    messages = [
        (
            told.survey,
            told.wave_id,
            Message(
                texts=msgspec.json.decode(told.texts, type=dict[str, str]), people=told.people, at=told.at
            ),
        )
        for told in heard.told_back(connection)
    ]
    purposes = {survey.id: survey.purpose for survey in config.surveys.values()}
    return loop(heard.ended(connection, now - YEAR, now), messages, purposes, now)
