"""The requests of the Lexicon Schemas API that the connector makes, and how their refusals are read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors import errors
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient, path
from connectors.mixpanel.cost import REQUESTS
from connectors.mixpanel.settings import MixpanelSettings
from connectors.settings import reveal
from mappings.contract import Address

PAUSE_AFTER_429 = 60.0
"""Seconds, where the answer has no Retry-After: the length of the window (apis/mixpanel.md section 2)."""
LONGEST_TEXT = 300
"""Characters of the service's own words that an error repeats."""

_ONE_ENTITY = re.compile(r"/schemas/[^/]+/[^/]+$")
_WRITE_HINT = (
    "Give the service account the role owner or admin in this project; in a project with classified data also a"
    " custom role with that permission."
)


class LexiconClient:
    """One project's Lexicon over HTTP. Every method raises a `ToolError`."""

    def __init__(self, settings: MixpanelSettings, wiring: Wiring) -> None:
        header = {"x-mixpanel-integration-id": settings.integration_id} if settings.integration_id else {}
        self._http = ToolClient(
            settings.host,
            wiring,
            basic=(settings.username, reveal(settings.secret)),
            headers=header,
            explain=explain,
            connections=1,
        )
        self._project = ("api", "app", "projects", str(settings.project_id))

    def close(self) -> None:
        self._http.close()

    def me(self) -> Mapping[str, Any]:
        """What the service says of the account; the shape is not documented (apis/mixpanel.md section 1.2)."""
        value = self._http.send("GET", path("api", "app", "me")).value
        results = value.get("results") if isinstance(value, dict) else None
        return results if isinstance(results, dict) else {}

    def entries(self, kind: str = "") -> list[Any]:
        """All schema entries of the project as they came, of every type (A1), or those of one type, where others may
        stand among them (A2)."""
        place = path(*self._project, "schemas", *((kind,) if kind else ()))
        answer = self._http.send("GET", place, units={REQUESTS: 1})
        results = answer.value.get("results") if isinstance(answer.value, dict) else None
        if not isinstance(results, list):
            raise answer.error(errors.BadAnswer, "the list of schemas is not a list")
        return results

    def schema(self, address: Address) -> Any:
        """What one entry says, in whichever of its three seen envelopes (A3). Raises NotFound."""
        place = path(*self._project, "schemas", address.kind, *address.names)
        value = self._http.send("GET", place, units={REQUESTS: 1}).value
        for envelope in ("results", "schemaJson"):
            value = value[envelope] if isinstance(value, dict) and envelope in value else value
        return value

    def upload(self, entries: Sequence[Mapping[str, Any]], units: Mapping[str, float]) -> Answer:
        """Replace or create whole entries, metadata merged (A4). Never sent twice: a lost answer is read back."""
        body = {"entries": list(entries)}
        answer = self._http.send("POST", path(*self._project, "schemas"), units=units, body=body)
        value = answer.value if isinstance(answer.value, dict) else {}
        if value.get("status") == "error":
            raise answer.error(errors.Invalid, f"Mixpanel refuses: {_text_of(answer)}")
        if value.get("status") != "ok":
            raise answer.error(errors.UnknownOutcome, "the answer does not say whether the upload was taken")
        return answer

    def delete(self, address: Address) -> Answer:
        """Delete one entry (A10). Raises NotFound when there is none, where the service says so.

        A name that a proxy could take for a step up the path is refused: one level up, DELETE means everything.
        """
        if not has_place(address):
            raise errors.Invalid(
                f"an entry named {address.names[-1]!r} is not deleted, because its address could mean all entries",
                hint="Hide it, or delete it in Mixpanel by hand.",
            )
        place = path(*self._project, "schemas", address.kind, *address.names)
        return self._http.send("DELETE", place, units={REQUESTS: 1})


def has_place(address: Address) -> bool:
    """Whether an entry has a path of its own: one named like a step up the path has not."""
    return address.names[-1] not in ("", ".", "..")


def deleted_count(answer: Answer) -> int | None:
    """How many entries a deletion found, under either of its two seen names; None when it does not say."""
    results = answer.value.get("results") if isinstance(answer.value, dict) else None
    counts = [results.get(key) for key in ("delete_count", "deleteCount")] if isinstance(results, dict) else []
    return next((count for count in counts if isinstance(count, int)), None)


def explain(answer: Answer) -> errors.ToolError | None:
    """Mixpanel's refusals (apis/mixpanel.md section 3.1.2); None for what the plain reading says as well."""
    text = _text_of(answer)
    about_one = bool(_ONE_ENTITY.search(answer.place))
    match answer.status:
        case 401:
            return answer.error(
                errors.Unauthorized,
                f"Mixpanel does not accept the service account: {text}",
                hint="Check username, secret and region, and whether the account has expired.",
            )
        case 403:
            return answer.error(errors.NotEntitled, f"Mixpanel does not allow this: {text}", hint=_WRITE_HINT)
        case 404 if not about_one:
            return answer.error(
                errors.Misconfigured,
                f"Mixpanel does not know the project here: {text}",
                hint="Check project_id and region.",
            )
        case 404:
            return answer.error(errors.NotFound, f"not in the Lexicon: {text}")
        case 400 if about_one and "not found" in text.lower():
            return answer.error(errors.NotFound, f"not in the Lexicon: {text}")
        case 400 | 422:
            return answer.error(errors.Invalid, f"Mixpanel refuses: {text}")
        case 429:
            pause = None if "retry-after" in answer.headers else PAUSE_AFTER_429
            return answer.error(errors.RateLimited, f"too many requests: {text}", retry_after=pause)
        case _:
            return None


def _text_of(answer: Answer) -> str:
    """The words in an error body: documented as a string, seen as a list and an object too, or plain text."""
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError):
        return answer.text[:LONGEST_TEXT].strip()
    said = body.get("error", body) if isinstance(body, dict) else body
    if isinstance(said, list):
        said = "; ".join(one if isinstance(one, str) else json.dumps(one) for one in said)
    elif isinstance(said, dict) and isinstance(said.get("message"), str):
        said = said["message"]
    return (said if isinstance(said, str) else json.dumps(said))[:LONGEST_TEXT]
