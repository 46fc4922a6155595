"""How a Web API call arrives and what envelope leaves: encodings, argument types, tokens (apis/slack.md section 1)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from connectors.sandbox import Request, Response
from hub.notify.slack.sandbox.limits import Limits
from hub.notify.slack.sandbox.state import JSON, Document, Refusal, Workspace

JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
CHARSETS = ("utf-8", "iso-8859-1")
ARGUMENT_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
FLAGS: Mapping[str, bool] = {"1": True, "true": True, "0": False, "false": False, "": False}
TOKEN_STATES: Mapping[str, str] = {"expired": "token_expired", "inactive": "account_inactive"}

MISSING = object()


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a request carries: arguments without nulls, whether values were typed JSON, a token, warnings."""

    arguments: Document
    typed: bool = False
    token: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call with everything its handler may look at or change."""

    workspace: Workspace
    arguments: Document
    typed: bool
    switches: Mapping[str, JSON]
    mood: str
    now: float
    limits: Limits
    warnings: list[str] = field(default_factory=list)
    """Trouble that does not stop the call; the handler may add to it."""

    def text(self, name: str, default: Any = MISSING) -> Any:
        """A string argument. Raises Refusal when it is missing without a default, or no string."""
        value = self.arguments.get(name, default)
        if value is MISSING or (value == "" and default is MISSING):
            raise Refusal.explained("invalid_arguments", f"missing required field: {name}")
        if isinstance(value, list):
            raise Refusal("invalid_array_arg")
        if value is not default and not isinstance(value, str):
            raise Refusal.explained("invalid_arguments", f"must provide a string [json-pointer:/{name}]")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean argument; forms spell it as a word or a digit."""
        value = self.arguments.get(name, default)
        if isinstance(value, bool):
            return value
        if str(value).lower() not in FLAGS:
            raise Refusal.explained("invalid_arguments", f"must provide a boolean [json-pointer:/{name}]")
        return FLAGS[str(value).lower()]

    def limit(self, default: int, most: int, error: str = "invalid_arguments") -> int:
        """How many rows a page may have; zero counts as not given."""
        value = self.arguments.get("limit", default)
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]+", str(value)):
            raise Refusal(error)
        if int(value) > most and self.switches["big_limit"] == "refuse":
            raise Refusal(error)
        return min(int(value), most) or default

    def structure(self, name: str, error: str) -> JSON:
        """A JSON argument: text of JSON in a form, the value itself in a JSON body; None when not given."""
        value = self.arguments.get(name)
        if value is None or (value == "" and not self.typed):
            return None
        if isinstance(value, str) and (not self.typed or self.switches["nested_json_text"] == "accept"):
            try:
                return parse_json(value)
            except ValueError as problem:
                raise Refusal(error) from problem
        if isinstance(value, str):
            raise Refusal(error)
        return value


def read_request(request: Request, takes_json: bool, switches: Mapping[str, JSON]) -> Arrived:
    """The arguments in whichever encoding. Raises Refusal with the vendor's word for a body it would not parse."""
    if request.method == "GET":
        return Arrived(_named(dict(request.query), drop_token=True))
    if request.method != "POST":
        raise Refusal("invalid_post_type")
    arrived = _read_body(request, takes_json or switches["json_reads"] == "parsed")
    query = _named(dict(request.query), drop_token=True)
    if query and arrived.arguments and switches["mixed_arguments"] == "refuse":
        raise Refusal.explained("invalid_arguments", "arguments come in more than one way")
    return Arrived({**query, **arrived.arguments}, arrived.typed, arrived.token, arrived.warnings)


def _read_body(request: Request, takes_json: bool) -> Arrived:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if not kind and request.body:
        raise Refusal("missing_post_type")
    if kind not in ("", JSON_TYPE, FORM_TYPE):
        raise Refusal("invalid_post_type")
    charset = _charset(parameters)
    try:
        text = request.body.decode(charset or "utf-8")
    except UnicodeDecodeError as problem:
        raise Refusal("invalid_json" if kind == JSON_TYPE else "invalid_form_data") from problem
    if kind == JSON_TYPE:
        arguments = _json_arguments(text) if takes_json else {}
        return Arrived(arguments, typed=True, warnings=() if charset or not text else ("missing_charset",))
    pairs = dict(parse_qsl(text, keep_blank_values=True))
    return Arrived(_named(pairs), token=pairs.get("token"), warnings=("superfluous_charset",) if charset else ())


def parse_json(text: str) -> JSON:
    """JSON as a strict parser takes it. Raises ValueError on `NaN`, on half a character, on too deep a nest."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as problem:
        raise ValueError("nested too deeply") from problem
    return value


def _refuse_constant(name: str) -> JSON:
    raise ValueError(f"{name} is no JSON")


def _charset(parameters: str) -> str:
    found = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if found and found[1].lower() not in CHARSETS:
        raise Refusal("invalid_charset")
    return found[1].lower() if found else ""


def _json_arguments(text: str) -> Document:
    if not text:
        return {}
    try:
        value = parse_json(text)
    except ValueError as problem:
        raise Refusal("invalid_json") from problem
    if not isinstance(value, dict):
        raise Refusal("json_not_object")
    return _named({name: one for name, one in value.items() if one is not None})


def _named(arguments: Document, drop_token: bool = False) -> Document:
    if any(not ARGUMENT_NAME.fullmatch(name) for name in arguments):
        raise Refusal("invalid_arg_name")
    return {name: value for name, value in arguments.items() if not (drop_token and name == "token")}


def check_token(request: Request, arrived: Arrived, workspace: Workspace, switches: Mapping[str, JSON]) -> None:
    """Raises Refusal unless the call carries the app's token in its header, or in a form body."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    token = given.strip() if scheme.lower() == "bearer" else arrived.token
    if not token:
        raise Refusal("not_authed")
    if token != workspace.token["value"]:
        raise Refusal("invalid_auth")
    state = workspace.token["state"]
    if state != "active":
        raise Refusal(TOKEN_STATES.get(state, switches["revoked_word"]))


def check_scope(workspace: Workspace, *any_of: str) -> None:
    """Raises Refusal unless the token has one of these scopes; `needed` names the first."""
    if any_of and not set(any_of) & set(workspace.scopes()):
        raise Refusal("missing_scope", {"needed": any_of[0], "provided": ",".join(workspace.scopes())})


def succeeded(result: Document, warnings: list[str]) -> Response:
    """The envelope of success; a warning stands in it twice (apis/slack.md section 3.2)."""
    envelope: Document = {"ok": True, **result}
    if warnings:
        envelope["warning"] = ",".join(warnings)
        envelope["response_metadata"] = {**envelope.get("response_metadata", {}), "warnings": warnings}
    return Response.json(200, envelope, {"content-type": "application/json; charset=utf-8"})


def refused(refusal: Refusal) -> Response:
    """The envelope of failure, with status 200 unless it is about limits."""
    return Response.json(
        refusal.status,
        {"ok": False, "error": refusal.error, **refusal.extra},
        {"content-type": "application/json; charset=utf-8", **refusal.headers},
    )
