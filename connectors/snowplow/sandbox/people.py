"""What others do to a registry while we are not looking: the verbs of `SnowplowSandbox.edit`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.sandbox import Request
from connectors.snowplow.sandbox.access import SUPER_KEY, Permission, parse_uuid
from connectors.snowplow.sandbox.registry import DEFAULT_FLAGS, Stored
from connectors.snowplow.sandbox.schema import parse_uri

if TYPE_CHECKING:
    from connectors.snowplow.sandbox.emulator import SnowplowSandbox

JSON = Any


def _publish(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    apikey = change.get("apikey", SUPER_KEY)
    query = (("isPublic", "true"),) if change.get("isPublic") else ()
    return _ask(sandbox, "POST", "/api/schemas", apikey, query, json.dumps(change["schema"]).encode())


def _patch(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    with _patches_allowed(sandbox):
        return _publish(sandbox, change)


def _delete(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    path = "/api/schemas/" + change["uri"].removeprefix("iglu:")
    with _patches_allowed(sandbox):
        return _ask(sandbox, "DELETE", path, SUPER_KEY)


def _republish(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    rows = sorted(sandbox.registry.select(change["vendor"], change["name"]), key=lambda pair: pair[0].version)
    if not rows:
        raise ValueError(f"nothing is published as {change['vendor']}/{change['name']}")
    for key, _ in rows:
        sandbox.registry.delete(key)
    now = sandbox.now()
    for key, row in rows:
        again = Stored(row.content, change["isPublic"], now, now, row.supersedes, row.superseded_by)
        sandbox.registry.insert(key, again)
    return {"republished": [key.uri for key, _ in rows]}


def _keygen(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    body = json.dumps({"vendorPrefix": change["vendorPrefix"]}).encode()
    return _ask(sandbox, "POST", "/api/auth/keygen", SUPER_KEY, (), body)


def _add_key(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    permission = Permission.from_json(change)
    if not sandbox.in_memory:
        # The database reads every vendor back as a prefix (section 1.2).
        permission = replace(permission, wildcard=True)
    if "uuid" not in change:
        return {"key": sandbox.registry.make_key(permission)}
    uuid = _read_uuid(change["uuid"])
    sandbox.registry.keys[uuid] = permission
    return {"key": uuid}


def _revoke(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    uuid = _read_uuid(change["key"])
    if not sandbox.registry.keys.pop(uuid, None):
        raise ValueError(f"there is no key {uuid}")
    return {}


def _set_flags(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    given = {name: value for name, value in change.items() if name != "do"}
    for name, value in given.items():
        if name not in DEFAULT_FLAGS or type(value) is not type(DEFAULT_FLAGS[name]):
            raise ValueError(f"no flag {name} of {value!r}; flags: {dict(DEFAULT_FLAGS)}")
    sandbox.registry.flags.update(given)
    return dict(sandbox.registry.flags)


def _insert(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    now = sandbox.now()
    sandbox.registry.insert(
        parse_uri(change["uri"]), Stored(dict(change["content"]), bool(change.get("isPublic")), now, now)
    )
    return {}


def _duplicate(sandbox: SnowplowSandbox, change: JSON) -> JSON:
    row = sandbox.registry.schemas.get(parse_uri(change["uri"]))
    if row is None:
        raise ValueError(f"{change['uri']} is not published")
    row.copies += 1
    return {"copies": row.copies}


EDITS: Mapping[str, Callable[[SnowplowSandbox, JSON], JSON]] = {
    "publish": _publish,
    "patch": _patch,
    "delete": _delete,
    "republish": _republish,
    "keygen": _keygen,
    "key": _add_key,
    "revoke": _revoke,
    "flags": _set_flags,
    "insert": _insert,
    "duplicate": _duplicate,
}


def _ask(
    sandbox: SnowplowSandbox,
    method: str,
    path: str,
    apikey: str,
    query: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> JSON:
    """Another client's request. Raises ValueError with the server's words when it is refused."""
    answer = sandbox.answer_fresh(Request(method, path, query, {"apikey": apikey}, body))
    told = json.loads(answer.body or b"{}")
    if answer.status >= 400:
        raise ValueError(f"{answer.status}: {told.get('message', '')}")
    return told


@contextmanager
def _patches_allowed(sandbox: SnowplowSandbox) -> Iterator[None]:
    flags = sandbox.registry.flags
    before, flags["patchesAllowed"] = flags["patchesAllowed"], True
    try:
        yield
    finally:
        flags["patchesAllowed"] = before


def _read_uuid(text: str) -> str:
    uuid = parse_uuid(text)
    if uuid is None:
        raise ValueError(f"{text!r} is no UUID")
    return uuid
