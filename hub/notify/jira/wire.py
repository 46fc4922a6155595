"""Requests to one Jira site: what every call has in common on either deployment."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from connectors import errors
from connectors.contract import Window, Wiring
from connectors.http import Answer, ToolClient
from connectors.limits import WindowLimiter
from connectors.settings import reveal
from hub.notify.jira.refusals import anonymous, explain
from hub.notify.jira.settings import JiraSettings

REQUEST = {"jira-requests": 1.0}
WINDOWS = (Window("jira-requests", 10, 1),)
"""Sustained; the vendor's buckets take bursts of 50 to 150 (apis/jira.md section 2)."""
ISSUE_WINDOWS = (Window("burst", 20, 2), Window("half-minute", 100, 30))
"""Writes to one issue (apis/jira.md section 2)."""
REMEMBERED = 200
"""Issues whose writes are counted; older ones have long left their windows."""

HEADERS = {
    "accept-language": "en",  # refusals come in the account's language otherwise
    "x-atlassian-token": "no-check",  # Data Center takes some clients for browsers and wants a form's token
}


class Wire:
    """Sends requests to a site. Raises ToolErrors only."""

    def __init__(self, settings: JiraSettings, wiring: Wiring) -> None:
        self.time = wiring.time
        self._patience = wiring.patience
        self._limiters: OrderedDict[str, WindowLimiter] = OrderedDict()
        pat = reveal(settings.pat) if settings.pat else ""
        token = reveal(settings.api_token) if settings.api_token else ""
        self._http = ToolClient(
            settings.base_url,
            wiring,
            basic=(settings.email, token) if token else None,
            headers={**HEADERS, **({"authorization": f"Bearer {pat}"} if pat else {})},
            secrets=(pat,) if pat else (),
            explain=lambda answer: explain(answer, wiring.time.now()),
        )

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """The JSON at an address."""
        return self._known(self._http.send("GET", path, units=REQUEST, params=params)).value

    def read_unproven(self, path: str) -> Any:
        """The JSON at an address that everybody may read."""
        return self._http.send("GET", path, units=REQUEST).value

    def ask(self, path: str, body: Mapping[str, Any]) -> Any:
        """The JSON answer to a question that is sent as a POST but changes nothing."""
        return self._known(self._http.send("POST", path, units=REQUEST, body=body, repeatable=True)).value

    def post(self, path: str, body: Any, *, issue: str = "") -> Any:
        """The JSON answer to a write that must not be sent twice: UnknownOutcome when the answer is lost."""
        self._pace(issue)
        return self._known(self._http.send("POST", path, units=REQUEST, body=body, repeatable=False)).value

    def write(self, method: str, path: str, body: Any, *, issue: str, repeatable: bool = True) -> None:
        """Write something whose answer says nothing (and may be empty)."""
        self._pace(issue)
        self._known(self._http.send(method, path, units=REQUEST, body=body, repeatable=repeatable, expect_json=False))

    def _known(self, answer: Answer) -> Answer:
        """The answer, unless it was given to nobody: Data Center says so (apis/jira.md section 1)."""
        if answer.headers.get("x-ausername", "").lower() == "anonymous":
            raise anonymous("anonymous")
        return answer

    def _pace(self, issue: str) -> None:
        """Wait until one more write to this issue is welcome."""
        if not issue:
            return
        limiter = self._limiters.setdefault(issue, WindowLimiter(ISSUE_WINDOWS, self.time.now))
        self._limiters.move_to_end(issue)
        while len(self._limiters) > REMEMBERED:
            self._limiters.popitem(last=False)
        pause = limiter.reserve({window.name: 1.0 for window in ISSUE_WINDOWS})
        if pause > self._patience:
            raise errors.RateLimited("too many writes to one issue", place=issue, retry_after=pause)
        if pause > 0:
            self.time.sleep(pause)


def part(value: Any, name: str) -> Mapping[str, Any]:
    """The object under this name; an empty one where there is none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def total(page: Any) -> int:
    """How many rows a list has over all its pages; 0 where it does not tell."""
    found = page.get("total") if isinstance(page, Mapping) else None
    return found if isinstance(found, int) else 0


def rows(value: Any, *names: str) -> Sequence[Mapping[str, Any]]:
    """The objects of the first list of these names; the deployments call the same list differently."""
    if not isinstance(value, Mapping):
        return []
    found: Any = next((value[name] for name in names if isinstance(value.get(name), list)), [])
    return [one for one in found if isinstance(one, Mapping)]
