"""Requests to Segment's Public API and the errors they come back with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors import errors
from connectors.contract import Wiring
from connectors.http import Answer, ToolClient, path, plain_reading
from connectors.segment.cost import READ, REQUEST, RULES_PER_PAGE
from connectors.segment.settings import SegmentSettings
from connectors.settings import reveal
from mappings.canonical.kinds import JSON

NO_ACCESS = (
    "Check the token and the target's region; the token needs the role Tracking Plan Admin, and the workspace the "
    "Protocols feature."
)
WRONG_REGION = 'Set the target\'s region ("us" or "eu") to the one of the workspace, and remove base_url if it is set.'
NO_SUCH_PLAN = (
    "Correct tracking_plan_id: it is the tp_ id from the plan's address in the app, not the rs_ id; the workspace "
    "also needs the Protocols feature."
)


@dataclass(frozen=True, slots=True)
class RulesPage:
    """One page of the list of rules. `next` is "" on the last page, `total` None where Segment does not tell."""

    rules: Sequence[JSON]
    next: str
    total: int | None


class SegmentClient:
    """The requests of one tracking plan. Raises ToolErrors only."""

    def __init__(self, settings: SegmentSettings, wiring: Wiring) -> None:
        token = reveal(settings.token)
        headers = {"authorization": f"Bearer {token}"}
        self._http = ToolClient(settings.host, wiring, headers=headers, secrets=(token,), explain=explain)
        self._plan = path("tracking-plans", settings.tracking_plan_id)
        self._rules = f"{self._plan}/rules"

    def close(self) -> None:
        self._http.close()

    def read_workspace(self) -> dict[str, JSON]:
        """{id, slug, name} of the workspace that the token belongs to."""
        return _object(self._http.send("GET", "/", units=REQUEST), "workspace")

    def read_plan(self) -> dict[str, JSON]:
        """The plan without its rules. Raises Misconfigured when there is no such plan."""
        try:
            return _object(self._http.send("GET", self._plan, units=REQUEST), "trackingPlan")
        except (errors.NotFound, errors.Invalid) as problem:
            raise _no_such_plan(problem) from None

    def read_rules(self, cursor: str = "", per_page: int = RULES_PER_PAGE) -> RulesPage:
        """One page of the plan's rules. Raises Misconfigured when there is no such plan."""
        params = {"pagination[count]": str(per_page), **({"pagination[cursor]": cursor} if cursor else {})}
        try:
            answer = self._http.send("GET", self._rules, units=READ, params=params)
        except errors.NotFound as problem:
            raise _no_such_plan(problem) from None
        return _page(answer)

    def upsert(self, rules: Sequence[JSON], *, repeatable: bool) -> Answer:
        """Create, replace or rename these rules; others stay. A batch with a rename is not `repeatable`."""
        return self._http.send("PATCH", self._rules, units=REQUEST, body={"rules": list(rules)}, repeatable=repeatable)

    def remove(self, rules: Sequence[JSON]) -> Answer:
        """Remove these rules. The body form is the only one proven to work (apis/segment.md section 3.4)."""
        return self._http.send("DELETE", self._rules, units=REQUEST, body={"rules": list(rules)})


def explain(answer: Answer) -> errors.ToolError | None:
    """How Segment says no (apis/segment.md section 3.6). The only place that reads its error bodies."""
    if 300 <= answer.status < 400:
        return answer.error(errors.Misconfigured, plain_reading(answer).message, hint=WRONG_REGION)
    message, pause = _told(answer)
    if answer.status in (401, 403):
        return answer.error(errors.Unauthorized, message or "Segment does not accept the token", hint=NO_ACCESS)
    if answer.status == 429:
        waits = None if "retry-after" in answer.headers else pause
        return answer.error(errors.RateLimited, message or "too many requests", retry_after=waits)
    return answer.error(type(plain_reading(answer)), message) if message else None


def _told(answer: Answer) -> tuple[str, float | None]:
    """The messages of the `errors` list as one text, and the seconds to wait where one of them says so."""
    try:
        body = answer.json()
    except errors.BadAnswer:
        return "", None
    listed = body.get("errors") if isinstance(body, dict) else None
    problems = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    texts = [str(one.get("message") or one.get("type") or "") for one in problems]
    pauses = [pause for one in problems if (pause := _pause(one.get("data"))) is not None]
    return "; ".join(filter(None, texts)), max(pauses, default=None)


def _pause(data: Any) -> float | None:
    wait = data.get("msBeforeNext") if isinstance(data, dict) else None
    return max(wait, 0) / 1000 if isinstance(wait, int | float) else None


def _no_such_plan(problem: errors.ToolError) -> errors.ToolError:
    return errors.Misconfigured(
        f"Segment does not know the tracking plan: {problem.message}",
        hint=NO_SUCH_PLAN,
        place=problem.place,
        status=problem.status,
        request_id=problem.request_id,
    )


def _data(answer: Answer) -> dict[str, JSON]:
    data = answer.value.get("data") if isinstance(answer.value, dict) else None
    if not isinstance(data, dict):
        raise answer.error(errors.BadAnswer, "the answer has no data")
    return data


def _object(answer: Answer, name: str) -> dict[str, JSON]:
    value = _data(answer).get(name)
    if not isinstance(value, dict):
        raise answer.error(errors.BadAnswer, f"the answer has no {name}")
    return value


def _page(answer: Answer) -> RulesPage:
    data = _data(answer)
    rules, links = data.get("rules"), data.get("pagination")
    if not isinstance(rules, list) or not isinstance(links, dict):
        raise answer.error(errors.BadAnswer, "the answer is no page of rules")
    cursor, total = links.get("next"), links.get("totalEntries")
    if cursor is not None and not isinstance(cursor, str):
        raise answer.error(errors.BadAnswer, "the cursor of the next page is no text")
    return RulesPage(rules, cursor or "", total if isinstance(total, int) else None)
