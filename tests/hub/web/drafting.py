"""Editors with drafts, and forms as browsers send them."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import httpx

from mappings.canonical import TrackingPlan
from mappings.canonical.kinds import JSON
from tests.hub.web.visitors import Quay, Visitor

RICH = """\
format: 1
name: Harbour
events:
  Ferry Boarded:
    id: boarded
    description: Somebody went aboard.
    owners: [quay@harbour.example]
    names: {segment: Boarded}
    extensions: {segment: {odd: [1, 2]}}
    properties:
      deck: {type: [string, 'null'], enum: [upper, '1', 1, ' odd '], names: {segment: Deck}}
      berth: {type: object, properties: {row: {type: integer}}}
      fare: {shared: money}
  Ferry Left:
    description: The ferry left.
shared_properties:
  money: {type: number, minimum: 0}
user_properties:
  rank: {type: string}
"""


def opened(quay: Quay, name: str = "dana") -> tuple[Visitor, str]:
    """An editor with a draft of her own, and its address."""
    dana = quay.somebody("editor", name)
    return dana, dana.post("/drafts", plan="Harbour", title="Clearer words").headers["location"]


def controls(page: str, form: str = 'class="edit"') -> dict[str, str | list[str]]:
    """What a browser would send from a form that nobody typed on."""
    part = page[page.index(form) :]
    part = part[: part.index("</form>")]
    found: dict[str, Any] = {}
    tags = re.finditer(
        r"<input([^>]*)>|<textarea([^>]*)>\n?(.*?)</textarea>|<select([^>]*)>(.*?)</select>", part, re.DOTALL
    )
    for tag in tags:
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag[1] or tag[2] or tag[4] or ""))
        name = html.unescape(attributes.get("name", ""))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in (tag[1] or ""):
            continue
        value = tag[3] if tag[3] is not None else attributes.get("value", "")
        if tag[5] is not None:
            options = re.findall(r"<option([^>]*)>([^<]*)", tag[5])
            value = next((v for a, v in options if "selected" in a), options[0][1])
            chosen = next((a for a, _ in options if "selected" in a), options[0][0])
            value = (re.search(r'value="([^"]*)"', chosen) or [None, value])[1]
        found.setdefault(name, []).append(html.unescape(value or "").replace("\n", "\r\n"))
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}


def event_form(visitor: Visitor, draft: str, name: str = "Ferry Boarded") -> dict[str, Any]:
    return controls(visitor.get(f"{draft}/event", name=name).text)


def thing_form(visitor: Visitor, draft: str, *place: str) -> dict[str, Any]:
    return controls(visitor.get(f"{draft}/thing", at=json.dumps(place)).text)


def row_of(form: dict[str, Any], name: str) -> str:
    """How the fields of one property begin in a form."""
    return next(key for key, value in form.items() if key.endswith(".was") and value == name).removesuffix(".was")


def sent(visitor: Visitor, draft: str, form: dict[str, Any], **more: Any) -> httpx.Response:
    return visitor.ask("POST", f"{draft}/thing", data={**form, "act": "save", **more})


def plan_now(quay: Quay, number: int = 1) -> TrackingPlan:
    store = quay.hub.store.drafts
    return store.plan(store.one(number).body)


def data_now(quay: Quay) -> dict[str, JSON]:
    return plan_now(quay).data()
