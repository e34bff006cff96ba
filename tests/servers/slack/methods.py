"""The Web API's methods, one function each: arguments in, values out, `SlackError` for Slack's no.

They change the workspace and know nothing of HTTP, faults or delay. Error names are Slack's own. Only what
Kuulolla uses is here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.schemas import slack as rules
from tests.servers.slack import workspace as ws
from tests.servers.slack.words import Json, SlackError
from tests.servers.slack.workspace import Message, OpenView, Person

if TYPE_CHECKING:
    from tests.servers.slack.server import FakeSlack

PAGE = 100
HISTORY_PAGE = 15  # conversations.history without a limit, for apps outside the Marketplace it is the most
STACK_LIMIT = 3

Method = Callable[["FakeSlack", Json], Json]


def _structured(params: Json, name: str) -> Any:
    value = params.get(name)
    if isinstance(value, str) and value:
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(
                "invalid_arguments", response_metadata={"messages": [f"{name}: no JSON"]}
            ) from None
    return value


def _truth(params: Json, name: str) -> bool:
    return str(params.get(name, "")).lower() in ("true", "1")


def _person(slack: FakeSlack, number: Any) -> Person:
    person = slack.people.get(str(number))
    if person is None:
        raise SlackError("user_not_found")
    return person


def _channel(slack: FakeSlack, params: Json) -> str:
    """Return the channel to write to; a person's id stands for the direct message with them."""
    channel = str(params.get("channel") or "")
    person = slack.people.get(channel) or slack.person_of(channel)
    if person is None:
        raise SlackError("channel_not_found")
    if person.trouble:
        raise SlackError(person.trouble)
    return person.channel


def _refuse(found: list[str], error: str = "invalid_blocks") -> None:
    if found:
        messages = [f"[ERROR] {problem}" for problem in found]
        raise SlackError(error, errors=found, response_metadata={"messages": messages})


def _content(slack: FakeSlack, params: Json) -> tuple[str, list[Json]]:
    text, blocks = str(params.get("text") or ""), _structured(params, "blocks") or []
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > rules.SAFE_TEXT:
        raise SlackError("msg_too_long")
    if blocks and slack.check:
        found = rules.check_message({"text": text, "blocks": blocks})
        if any("characters together" in problem for problem in found):
            raise SlackError("msg_blocks_too_long")
        _refuse(found)
    return text, slack.complete(blocks)


def _metadata(params: Json) -> Json | None:
    metadata = _structured(params, "metadata")
    if metadata is None:
        return None
    sound = isinstance(metadata, dict) and isinstance(metadata.get("event_type"), str)
    if not sound or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    return dict(metadata)


# -- messages ------------------------------------------------------------------------------------------


def chat_post_message(slack: FakeSlack, params: Json) -> Json:
    """Web API: chat.postMessage."""
    channel = _channel(slack, params)
    text, blocks = _content(slack, params)
    metadata = _metadata(params)
    wait = slack.limits.admit(channel, slack.clock.now(), group=False)
    if wait:
        raise SlackError("ratelimited", retry_after=wait)
    message = slack.new_message(channel, ws.BOT_USER, text, blocks)
    message.metadata = metadata
    message.thread_ts = str(params.get("thread_ts") or "")
    slack.shown(message)
    return {"channel": channel, "ts": message.ts, "message": message.payload(metadata=True)}


def chat_post_ephemeral(slack: FakeSlack, params: Json) -> Json:
    """Web API: chat.postEphemeral."""
    channel, person = _channel(slack, params), _person(slack, params.get("user"))
    text, blocks = _content(slack, params)
    message = slack.new_message(channel, ws.BOT_USER, text, blocks)
    message.only_for = person.id
    slack.shown(message)
    return {"message_ts": message.ts}


def chat_update(slack: FakeSlack, params: Json) -> Json:
    """Web API: chat.update."""
    message = _own_message(slack, params, "cant_update_message")
    text, blocks = _content(slack, params)
    if (metadata := _metadata(params)) is not None:
        message.metadata = metadata
    message.edits += 1
    message.show(text, blocks)
    slack.shown(message)
    return {"channel": message.channel, "ts": message.ts, "text": text, "message": message.payload()}


def chat_delete(slack: FakeSlack, params: Json) -> Json:
    """Web API: chat.delete."""
    message = _own_message(slack, params, "cant_delete_message")
    message.deleted = True
    slack.changed()
    return {"channel": message.channel, "ts": message.ts}


def _own_message(slack: FakeSlack, params: Json, foreign: str) -> Message:
    message = slack.find(_channel(slack, params), str(params.get("ts") or ""))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if not message.by_bot:
        raise SlackError(foreign)
    return message


def conversations_open(slack: FakeSlack, params: Json) -> Json:
    """Web API: conversations.open, for one person."""
    users = str(params.get("users") or "").split(",")
    if len(users) != 1 or not users[0]:
        raise SlackError("users_list_not_supplied")
    person = _person(slack, users[0])
    if person.trouble in ("user_disabled", "cannot_dm_bot"):
        raise SlackError(person.trouble)
    return {"channel": {"id": person.channel}, "no_op": False, "already_open": False}


def conversations_history(slack: FakeSlack, params: Json) -> Json:
    """Web API: conversations.history, newest first."""
    _need(slack, "im:history")
    channel = str(params.get("channel") or "")
    if slack.person_of(channel) is None:
        raise SlackError("channel_not_found")
    oldest, latest = float(params.get("oldest") or 0), float(params.get("latest") or "inf")
    inclusive = _truth(params, "inclusive")
    chosen = [
        message
        for message in reversed(slack.in_channel(channel))
        if not message.only_for
        and (oldest < float(message.ts) < latest or (inclusive and float(message.ts) in (oldest, latest)))
    ]
    start, limit = int(params.get("cursor") or 0), int(params.get("limit") or HISTORY_PAGE)
    wanted = _truth(params, "include_all_metadata")
    more = len(chosen) > start + limit
    return {
        "messages": [message.payload(metadata=wanted) for message in chosen[start : start + limit]],
        "has_more": more,
        "response_metadata": {"next_cursor": str(start + limit) if more else ""},
    }


# -- people and the app --------------------------------------------------------------------------------


def _need(slack: FakeSlack, scope: str) -> None:
    if scope not in slack.scopes:
        raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(slack.scopes)))


def users_info(slack: FakeSlack, params: Json) -> Json:
    """Web API: users.info."""
    _need(slack, "users:read")
    return {"user": _person(slack, params.get("user")).payload(locale=_truth(params, "include_locale"))}


def users_list(slack: FakeSlack, params: Json) -> Json:
    """Web API: users.list, page by page."""
    _need(slack, "users:read")
    start, limit = int(params.get("cursor") or 0), int(params.get("limit") or PAGE)
    people = list(slack.people.values())
    following = str(start + limit) if len(people) > start + limit else ""
    page = [one.payload(locale=_truth(params, "include_locale")) for one in people[start : start + limit]]
    return {"members": page, "cache_ts": 1, "response_metadata": {"next_cursor": following}}


def auth_test(slack: FakeSlack, params: Json) -> Json:
    """Web API: auth.test."""
    return {
        "url": f"https://{ws.DOMAIN}.slack.com/",
        "team": "Hauskala",
        "user": "kuulolla",
        "team_id": ws.TEAM_ID,
        "user_id": ws.BOT_USER,
        "bot_id": ws.BOT_ID,
        "is_enterprise_install": False,
    }


def bots_info(slack: FakeSlack, params: Json) -> Json:
    """Web API: bots.info."""
    about = {
        "id": ws.BOT_ID,
        "deleted": False,
        "name": "kuulolla",
        "app_id": ws.APP_ID,
        "user_id": ws.BOT_USER,
    }
    return {"bot": about}


def team_info(slack: FakeSlack, params: Json) -> Json:
    """Web API: team.info."""
    return {"team": {"id": ws.TEAM_ID, "name": "Hauskala", "domain": ws.DOMAIN, "email_domain": ""}}


def apps_connections_open(slack: FakeSlack, params: Json) -> Json:
    """Web API: apps.connections.open, which needs the app-level token."""
    return {"url": slack.sockets.new_url()}


# -- views ---------------------------------------------------------------------------------------------


def _view_body(slack: FakeSlack, params: Json) -> Json:
    view = _structured(params, "view")
    if slack.check:
        _refuse(rules.check_view(view), "invalid_arguments")
    return dict(view) | {"blocks": slack.complete(view["blocks"])}


def _trigger(slack: FakeSlack, params: Json) -> Person:
    return _person(slack, slack.use_trigger(str(params.get("trigger_id") or "")))


def views_open(slack: FakeSlack, params: Json) -> Json:
    """Web API: views.open; the trigger must be fresh and unused."""
    body = _view_body(slack, params)
    person = _trigger(slack, params)
    view = slack.new_view(person.id, body)
    slack.stacks[person.id] = [view]
    slack.changed()
    return {"view": view.payload()}


def views_push(slack: FakeSlack, params: Json) -> Json:
    """Web API: views.push; three views at most lie on each other."""
    body = _view_body(slack, params)
    person = _trigger(slack, params)
    view = slack.push_view(person.id, body)
    return {"view": view.payload()}


def views_update(slack: FakeSlack, params: Json) -> Json:
    """Web API: views.update, by id or external id, bound to a hash if one is given."""
    view = _find_view(slack, params)
    body = _view_body(slack, params)
    if params.get("hash") and params["hash"] != view.hash:
        raise SlackError("hash_conflict")
    view.body = body
    view.revision += 1
    slack.changed()
    return {"view": view.payload()}


def _find_view(slack: FakeSlack, params: Json) -> OpenView:
    number, external = params.get("view_id"), params.get("external_id")
    for stack in slack.stacks.values():
        for view in stack:
            if view.id == number or (external and view.body.get("external_id") == external):
                return view
    raise SlackError("not_found")


def files_get_upload_url_external(slack: FakeSlack, params: Json) -> Json:
    """Web API: files.getUploadURLExternal."""
    _need(slack, "files:write")
    length = str(params.get("length") or "")
    if not params.get("filename") or not length.isdecimal() or int(length) == 0:
        raise SlackError("invalid_arguments")
    file = ws.SharedFile(f"F{slack.next_number():06}", str(params["filename"]), int(length))
    slack.files[file.id] = file
    return {"upload_url": f"{slack.url}/upload/{file.id}", "file_id": file.id}


def files_info(slack: FakeSlack, params: Json) -> Json:
    """Web API: files.info."""
    _need(slack, "files:read")
    file = slack.files.get(str(params.get("file")))
    if file is None:
        raise SlackError("file_not_found")
    address = f"{slack.url}/files-pri/{file.id}"
    return {"file": {"id": file.id, "name": file.name, "size": file.length, "url_private_download": address}}


def files_complete_upload_external(slack: FakeSlack, params: Json) -> Json:
    """Web API: files.completeUploadExternal, which shares what was uploaded."""
    _need(slack, "files:write")
    wanted = _structured(params, "files") or []
    if not wanted or any(one.get("id") not in slack.files for one in wanted):
        raise SlackError("file_not_found")
    person = slack.person_of(str(params.get("channel_id") or ""))
    if person is None:
        raise SlackError("invalid_channel")
    for one in wanted:
        file = slack.files[one["id"]]
        if len(file.content) != file.length:
            raise SlackError("file_upload_size_mismatch")
        file.channel, file.comment = person.channel, str(params.get("initial_comment") or "")
    slack.changed()
    return {"files": [{"id": one["id"], "title": slack.files[one["id"]].name} for one in wanted]}


def views_publish(slack: FakeSlack, params: Json) -> Json:
    """Web API: views.publish, the Home tab of one person."""
    person = _person(slack, params.get("user_id"))
    known = slack.homes.get(person.id)
    if known is not None and params.get("hash") and params["hash"] != known.hash:
        raise SlackError("hash_conflict")
    body = _view_body(slack, params)
    view = known or slack.new_view(person.id, body)
    view.body, view.revision = body, view.revision + 1
    slack.homes[person.id] = view
    slack.changed()
    return {"view": view.payload()}


METHODS: dict[str, Method] = {
    "apps.connections.open": apps_connections_open,
    "auth.test": auth_test,
    "bots.info": bots_info,
    "chat.delete": chat_delete,
    "chat.postEphemeral": chat_post_ephemeral,
    "chat.postMessage": chat_post_message,
    "chat.update": chat_update,
    "conversations.history": conversations_history,
    "conversations.open": conversations_open,
    "files.completeUploadExternal": files_complete_upload_external,
    "files.info": files_info,
    "files.getUploadURLExternal": files_get_upload_url_external,
    "team.info": team_info,
    "users.info": users_info,
    "users.list": users_list,
    "views.open": views_open,
    "views.publish": views_publish,
    "views.push": views_push,
    "views.update": views_update,
}
APP_LEVEL = frozenset({"apps.connections.open"})
