"""Buttons that people press in Slack arrive here, and act through the same verbs as commands."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, Request, Response

from connectors.contract import SystemTime, Wiring
from connectors.errors import ToolError
from connectors.limits import NoLimit
from connectors.settings import Secret, reveal
from hub.app import App
from hub.errors import Refusal
from hub.notify.destinations import open_destinations
from hub.notify.slack.interactions import Press, answer, parse, verify
from hub.verbs.pressing import act_on

log = logging.getLogger("hub.web.slack")
router = APIRouter()


async def _raw(request: Request) -> bytes:
    """The body as it arrived: the signature is over these bytes."""
    return await request.body()


@router.post("/slack/actions")
def press(request: Request, body: Annotated[bytes, Depends(_raw)], later: BackgroundTasks) -> Response:
    """One press of a button: 401 when Slack did not send it, 400 when it is none of ours, else 200 at once.

    What came of it is told to the person who pressed, after the answer: Slack waits three seconds only.
    """
    hub: App = request.app.state.hub
    if not _is_proven(hub, request.headers, body):
        return Response("the signature fits no Slack destination of this hub", 401)
    try:
        pressed = parse(body)
    except Refusal as refusal:
        return Response(str(refusal), 400)
    later.add_task(_carry_out, hub, pressed)
    return Response(status_code=200)


def _is_proven(hub: App, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the configured Slack apps signed this."""
    for one in open_destinations(hub.config):
        secret: Secret | None = getattr(one.settings, "signing_secret", None)
        if secret is None:
            continue
        try:
            verify(headers, body, reveal(secret), hub.engine.time.now())
        except Refusal as refusal:
            log.info("%s refused a request: %s", one.name, refusal.message)
        else:
            return True
    return False


def _carry_out(hub: App, pressed: Press) -> None:
    """Act, tell the person who pressed, and bring everybody's messages up to date."""
    who = f"{pressed.user_name} (Slack {pressed.user_id})"
    try:
        outcome = act_on(hub, key=pressed.key, act=pressed.act, subject=pressed.subject, who=who)
    except Refusal as refusal:
        outcome = str(refusal)
    if outcome:
        _tell(pressed.response_url, outcome)
    hub.deliverer().round()


def _tell(response_url: str, outcome: str) -> None:
    try:
        answer(response_url, outcome, Wiring(NoLimit(), SystemTime(), patience=5.0))
    except ToolError as error:  # the deed is done and recorded; the message in the channel says so too
        log.warning("the answer to a press was not delivered: %s", error.message)
