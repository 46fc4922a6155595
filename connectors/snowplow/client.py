"""The requests to an Iglu Server and to a static registry, and how their refusals are read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from connectors import errors
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient, path
from connectors.settings import reveal
from connectors.snowplow.cost import CONCURRENCY
from connectors.snowplow.settings import SnowplowSettings
from mappings.contract import Address, Document
from mappings.snowplow.documents import FORMAT, from_wire, to_wire

LONGEST_TEXT = 300
"""Characters of the server's own words that an error repeats."""


class VersionExists(errors.Conflict):
    """The registry has this version already; only reading tells whether it is the wanted one."""

    default_hint = (
        "A schema that cannot be read here has this number: one in another format, or one the key may not see."
    )


class VisibilityDiffers(errors.Conflict):
    """The other versions of this schema are public and this one was to be private, or the other way round."""

    default_hint = "Visibility belongs to a schema as a whole; the hub follows the versions that exist."


class NothingListed(errors.NotFound):
    """The server lists no schema here: there is none, or the key may not see it."""

    default_hint = "Check the vendor's spelling and what the key may read."


@dataclass(frozen=True, slots=True)
class Permission:
    """What the server says of a key (apis/snowplow.md sections 1.2 and 3.5)."""

    vendor: str
    """A prefix in dotted parts; "" for any vendor, and for a key without permission."""
    schema: str | None
    key: tuple[str, ...]

    @property
    def is_anonymous(self) -> bool:
        """An unknown key is no error; it is treated as none at all."""
        return self.schema is None and not self.key

    @property
    def may_write(self) -> bool:
        """Any action but READ writes; the server does not tell BUMP, CREATE and CREATE_VENDOR apart."""
        return self.schema not in (None, "READ") or bool(self.key)

    def covers(self, vendor: str) -> bool:
        """Whether the prefix reaches this vendor: com.acme covers com.acme.web but not com.acmecorp."""
        parts = [part for part in self.vendor.split(".") if part and part != "*"]
        return vendor.split(".")[: len(parts)] == parts


@dataclass(frozen=True, slots=True)
class Server:
    """What a server says of itself."""

    permission: Permission
    version: str
    patches_allowed: bool
    exposes_keys: bool
    """Whether its debug page shows all keys to anybody (section 3.5)."""


class IgluClient:
    """One Iglu Server. Every method raises a `ToolError`. `sent` counts the requests, without repeats."""

    def __init__(self, settings: SnowplowSettings, wiring: Wiring) -> None:
        key = reveal(settings.api_key) if settings.api_key else ""
        self._http = ToolClient(
            settings.root,
            wiring,
            headers={"apikey": key},
            secrets=(key,),
            explain=explain,
            connections=CONCURRENCY,
        )
        self.sent = 0

    def close(self) -> None:
        self._http.close()

    def server(self) -> Server:
        """What the key may do, and how the server is set up (section 3.5)."""
        answer = self._get(path("meta", "server"), {})
        told = answer.value if isinstance(answer.value, Mapping) else {}
        auth = told.get("authInfo")
        if not isinstance(auth, Mapping) or not isinstance(auth.get("vendor"), str):
            raise answer.error(errors.BadAnswer, "the server does not say what the key may do")
        keys = auth.get("key")
        permission = Permission(auth["vendor"], auth.get("schema"), tuple(keys) if isinstance(keys, list) else ())
        exposes = told.get("debug") is True and told.get("database") == "inmemory"
        return Server(permission, str(told.get("version", "")), told.get("patchesAllowed") is True, exposes)

    def schemas(self, scope: Address) -> list[Any]:
        """All schemas of a vendor, or of one name, as they came (section 3.1). Raises NothingListed for none."""
        answer = self._get(path("schemas", *scope.names), {"repr": "meta"})
        if not isinstance(answer.value, list):
            raise answer.error(errors.BadAnswer, "the list of schemas is not a list")
        return answer.value

    def read(self, address: Address) -> Document | None:
        """One version; None when the server does not show it."""
        vendor, name, version = address.names
        try:
            answer = self._get(path("schemas", vendor, name, FORMAT, version), {"repr": "meta"})
        except errors.NotFound:
            return None
        return from_wire(answer.value)

    def publish(self, document: Document, *, public: bool) -> Answer:
        """Create one version (section 3.2). Never sent twice: a second create could leave a second row."""
        self.sent += 1
        visibility = {"isPublic": "true" if public else "false"}
        return self._http.send("POST", path("schemas"), params=visibility, body=to_wire(document))

    def _get(self, place: str, params: Mapping[str, str]) -> Answer:
        """Servers behind a balancer answer from a cache of a minute each, keyed by the whole address (section 3.8)."""
        self.sent += 1
        return self._http.send("GET", place, params={**params, "_": uuid4().hex})


def explain(answer: Answer) -> errors.ToolError | None:
    """The server's refusals (sections 3.0 to 3.2); None for what the plain reading says as well."""
    body = _body_of(answer)
    text = str(body.get("message", ""))[:LONGEST_TEXT]
    match answer.status:
        case 400 if "UUID for ApiKey" in text:
            return answer.error(errors.Unauthorized, f"Iglu Server says: {text}")
        case 400 if "report" in body:
            return answer.error(errors.Invalid, f"Iglu's linter refuses the schema: {_errors_in(body['report'])}")
        case 401 | 403:
            kind = errors.Unauthorized if answer.status == 401 else errors.NotEntitled
            hint = "Use a key that may write this vendor's schemas." if answer.status == 403 else ""
            return answer.error(kind, f"the key may not do this: {text}", hint=hint)
        case 404 if text == "No schemas available":
            return answer.error(NothingListed, text)
        case 404 if text == "The schema is not found":
            return answer.error(errors.NotFound, text)
        case 404 | 405:
            return answer.error(errors.Misconfigured, f"no Iglu Server answers at this address: {text}".rstrip(": "))
        case 409:
            return _conflict(answer, text)
        case 400 | 422:
            return answer.error(errors.Invalid, f"Iglu Server refuses the schema: {text}")
        case _:
            return None


# Beginning of the server's words → (error, next step), section 3.2.
_CONFLICTS: tuple[tuple[str, type[errors.Conflict], str], ...] = (
    ("Schema already exists", VersionExists, ""),
    ("Inconsistent schema availability", VisibilityDiffers, ""),
    (
        "Preceding SchemaVer",
        errors.Conflict,
        "A version before this one is missing, perhaps deleted; publish it by hand or start a new model.",
    ),
    (
        "The schema version is not sequential",
        errors.Conflict,
        "Somebody published a later revision meanwhile; preview again.",
    ),
)


def _conflict(answer: Answer, text: str) -> errors.ToolError:
    for beginning, kind, hint in _CONFLICTS:
        if text.startswith(beginning):
            return answer.error(kind, text, hint=hint)
    return answer.error(errors.Conflict, text or "the registry holds something else there")


def _body_of(answer: Answer) -> Mapping[str, Any]:
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _errors_in(report: Any) -> str:
    """The ERROR lines of a lint report, in a stable order: the server's has none."""
    rows = [row for row in report if isinstance(row, dict)] if isinstance(report, list) else []
    lines = sorted(f"{row.get('pointer', '/')} {row.get('message', '')}" for row in rows if row.get("level") == "ERROR")
    return "; ".join(lines)[: 3 * LONGEST_TEXT] or "no reason given"


class StaticClient:
    """A static registry: files on a web host, read without a key (section 1.3)."""

    def __init__(self, settings: SnowplowSettings, wiring: Wiring) -> None:
        self._http = ToolClient(settings.root, wiring, explain=_explain_static, connections=CONCURRENCY)
        self.sent = 0

    def close(self) -> None:
        self._http.close()

    def uris(self, *below: str) -> list[str] | None:
        """The Iglu URIs in a list object: of the registry, or of one model of a schema; None where it is not kept."""
        value = self._get(path("schemas", *below))
        return [uri for uri in value if isinstance(uri, str)] if isinstance(value, list) else None

    def read(self, address: Address) -> Document | None:
        """One file; None when it is not there or no schema."""
        vendor, name, version = address.names
        return from_wire(self._get(path("schemas", vendor, name, FORMAT, version)))

    def _get(self, place: str) -> Any:
        """The parsed object; None when the host does not show it."""
        self.sent += 1
        try:
            return self._http.send("GET", place).value
        except errors.NotFound:
            return None


def _explain_static(answer: Answer) -> errors.ToolError | None:
    """A bucket whose objects may not be listed says 403 for what is not there."""
    return answer.error(errors.NotFound, "not in the registry") if answer.status in (403, 404) else None
