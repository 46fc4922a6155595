"""The one HTTP layer: authentication, retries by verdict, Retry-After, limits, redaction, request ids.

The only module that imports httpx. A tool's client says what to send and how to read its errors; everything that
all clients would repeat is here.
"""

from __future__ import annotations

import base64
import email.utils
import html
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import httpx
import tenacity

from connectors import errors
from connectors.contract import Wiring

log = logging.getLogger("connectors.http")
for _chatty in ("httpx", "httpcore"):  # they log whole addresses and headers, secrets included
    logging.getLogger(_chatty).setLevel(logging.WARNING)

ATTEMPTS = 5
"""How often one request is sent at most when the verdict is ``retry``."""
FALLBACK_PAUSE = 5.0
"""Seconds to wait after a 429 without Retry-After, when the tool's client knows nothing better."""
TIMEOUT = httpx.Timeout(60.0, connect=10.0)
REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "x-amz-request-id", "cf-ray")


@dataclass(frozen=True, slots=True)
class Answer:
    """A tool's answer, read to its end."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    place: str = ""
    value: Any = None
    """The parsed body, when the request asked for JSON."""
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Takes the client's secrets out of a text that a person will see."""

    @property
    def request_id(self) -> str:
        return next((self.headers[name] for name in REQUEST_ID_HEADERS if name in self.headers), "")

    @property
    def text(self) -> str:
        """The body for a person's eyes, secrets taken out."""
        return self.redact(self.content.decode("utf-8", "replace"))

    def json(self) -> Any:
        """The body as JSON. Raises BadAnswer for anything else, naming what came instead."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "no content type")
            raise self.error(errors.BadAnswer, f"the answer is not JSON but {kind}") from None

    def error(
        self, kind: type[errors.ToolError], message: str, *, hint: str = "", retry_after: float | None = None
    ) -> errors.ToolError:
        """An error that carries this answer's status, place and request id, and none of the secrets."""
        return kind(
            self.redact(message),
            hint=self.redact(hint),
            place=self.place,
            status=self.status,
            request_id=self.redact(self.request_id),
            retry_after=retry_after,
        )


Explain = Callable[[Answer], errors.ToolError | None]
"""How a tool's client reads a refusal (any status of 300 and more). None: the plain reading of the status."""

STATUS_ERRORS: tuple[tuple[int, type[errors.ToolError], str], ...] = (
    (401, errors.Unauthorized, "the tool does not accept the credentials"),
    (403, errors.NotEntitled, "the credentials may not do this"),
    (404, errors.NotFound, "not found"),
    (409, errors.Conflict, "the tool holds something else there"),
    (413, errors.TooLarge, "the request is too large"),
    (429, errors.RateLimited, "too many requests"),
)


def plain_reading(answer: Answer) -> errors.ToolError:
    """What a status means when the tool's client has nothing better to say."""
    for status, kind, message in STATUS_ERRORS:
        if answer.status == status:
            return answer.error(kind, message)
    if answer.status >= 500:
        return answer.error(errors.Unavailable, "the tool is not well")
    if answer.status >= 400:
        return answer.error(errors.Invalid, f"the tool refuses the request: {answer.text[:300]}")
    return answer.error(errors.Misconfigured, f"the tool redirects to {_host_of(answer.headers.get('location', ''))}")


def _host_of(address: str) -> str:
    """The host alone: the rest of an address may hold somebody's credentials."""
    try:
        return urlsplit(address).hostname or "another address"
    except ValueError:
        return "another address"


def path(*segments: str) -> str:
    """A URL path with each segment percent-encoded whole, so that a slash in a name stays a part of the name.

    So does a name that is "." or "..": left as it is, it would address the folder above.
    """
    return "/" + "/".join(DOTS.get(segment) or quote(segment, safe="") for segment in segments)


DOTS = {".": "%2E", "..": "%2E%2E"}


class ToolClient:
    """Talks to one tool with one set of credentials. Use from one thread, or several when `wiring.limiter` allows.

    `secrets` never appear in an error or a log line, whatever the tool echoes.
    """

    def __init__(
        self,
        base_url: str,
        wiring: Wiring,
        *,
        basic: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        explain: Explain = lambda answer: None,
        connections: int = 4,
    ) -> None:
        self._wiring = wiring
        self._explain = explain
        self._not_before = 0.0
        try:
            self._secrets = _spellings((*secrets, *(basic or ())[1:]), basic)
            self._http = httpx.Client(
                base_url=base_url.rstrip("/"),
                auth=httpx.BasicAuth(*basic) if basic else None,
                headers={"user-agent": "schema-sync-hub", "accept": "application/json", **(headers or {})},
                timeout=TIMEOUT,
                transport=wiring.transport,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=connections),
                trust_env=False,
            )
        except (httpx.InvalidURL, UnicodeError):
            raise errors.Misconfigured(
                "the address or a credential holds characters that HTTP does not allow"
            ) from None

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        units: Mapping[str, float] | None = None,
        params: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        expect_json: bool = True,
    ) -> Answer:
        """Send one request and return its 2xx answer.

        `units` are what it costs, by window. `form` is sent url-encoded, `body` as JSON. `repeatable` says that
        sending it twice does what sending it once does; GET, HEAD, PUT and DELETE are, unless told otherwise. With
        `expect_json` an answer that is not JSON counts as no answer, and `answer.value` is the parsed body.
        Raises a ToolError; `UnknownOutcome` when the answer to a request that is not repeatable was lost.
        """
        safe = repeatable if repeatable is not None else method in ("GET", "HEAD", "PUT", "DELETE")
        place = self.redact(f"{method} {path}")
        content, type_ = _encode(form, body, place)
        request = {"method": method, "url": path, "params": params, "content": content}
        request["headers"] = {**({"content-type": type_} if type_ else {}), **(headers or {})}
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: self._may_repeat(error, safe)),
            wait=_pause_before_retry,
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            sleep=self._wait,
            reraise=True,
        )
        return retrying(self._once, request, units or {}, safe, expect_json, place)

    def _once(
        self, request: dict[str, Any], units: Mapping[str, float], safe: bool, expect_json: bool, place: str
    ) -> Answer:
        pause = max(self._wiring.limiter.reserve(units), self._not_before - self._wiring.time.now())
        if pause > self._wiring.patience:
            raise errors.RateLimited(f"the quota is used up for another {pause:.0f} s", place=place, retry_after=pause)
        self._wait(pause)
        try:
            reply = self._http.request(**request)
        except httpx.HTTPError as problem:
            raise self._no_answer(problem, safe, place) from None
        except (httpx.InvalidURL, UnicodeError) as problem:
            raise errors.Misconfigured(self.redact(f"not a usable address: {problem}"), place=place) from None
        answer = Answer(reply.status_code, reply.content, dict(reply.headers.items()), place, redact=self.redact)
        log.debug("%s -> %d", place, answer.status)
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, safe)
        return self._parsed(answer, safe) if expect_json else answer

    def _parsed(self, answer: Answer, safe: bool) -> Answer:
        try:
            return replace(answer, value=answer.json())
        except errors.BadAnswer as problem:
            if safe:
                raise
            raise answer.error(errors.UnknownOutcome, problem.message) from None

    def _refusal(self, answer: Answer, safe: bool) -> errors.ToolError:
        """What a refusal means. Secrets go before anyone reads it: cut in the middle, they would not be recognised."""
        headers = {name: self.redact(value) for name, value in answer.headers.items()}
        answer = replace(answer, content=answer.text.encode(), headers=headers)
        error = self._explain(answer) or plain_reading(answer)
        if isinstance(error, errors.RateLimited | errors.Unavailable) and error.retry_after is None:
            error.retry_after = retry_after(answer, self._wiring.time.now())
        if isinstance(error, errors.RateLimited):
            self._pause(FALLBACK_PAUSE if error.retry_after is None else error.retry_after)
        if isinstance(error, errors.Unavailable) and not safe:
            error = answer.error(errors.UnknownOutcome, f"{error.message}, in the middle of a write")
        error.message, error.hint = self.redact(error.message), self.redact(error.hint)
        error.args = (error.message,)
        return error

    def _pause(self, seconds: float) -> None:
        """Nobody sends for so long; this client not even when its limiter knows no pauses."""
        self._not_before = max(self._not_before, self._wiring.time.now() + seconds)
        self._wiring.limiter.pause(seconds)

    def _no_answer(self, problem: httpx.HTTPError, safe: bool, place: str) -> errors.ToolError:
        never_sent = isinstance(problem, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        if isinstance(problem, httpx.UnsupportedProtocol):
            return errors.Misconfigured("the address needs http:// or https://", place=place)
        if isinstance(problem, httpx.LocalProtocolError):  # its message spells out the header
            return errors.Misconfigured("a credential or header holds characters that HTTP does not allow", place=place)
        kind = errors.Unavailable if safe or never_sent else errors.UnknownOutcome
        return kind(self.redact(f"no answer: {type(problem).__name__} {problem}".strip()), place=place)

    def _may_repeat(self, error: BaseException, safe: bool) -> bool:
        if not isinstance(error, errors.ToolError) or (error.retry_after or 0) > self._wiring.patience:
            return False
        return error.verdict == "wait" or (error.verdict == "retry" and (safe or error.status == 0))

    def _wait(self, seconds: float) -> None:
        if seconds <= 0:
            return
        if seconds > 1:
            self._wiring.on_wait(seconds)
        self._wiring.time.sleep(seconds)

    def redact(self, text: str) -> str:
        """The text without this client's secrets, and without anything that looks like an Authorization value."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return re.sub(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=._-]{8,}", r"\1 ***", text)


def _spellings(secrets: Sequence[str], basic: tuple[str, str] | None) -> tuple[str, ...]:
    """The secrets as a tool may echo them: in JSON, in an address, on a page, as a Basic value; longest first."""
    found = {base64.b64encode(":".join(basic).encode()).decode()} if basic else set()
    for secret in filter(None, secrets):
        found |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret)}
        for ascii_only in (True, False):
            escaped = json.dumps(secret, ensure_ascii=ascii_only)[1:-1]
            found |= {escaped, escaped.replace("/", "\\/")}
    return tuple(sorted(found, key=len, reverse=True))


def _encode(form: Mapping[str, str] | None, body: Any, place: str) -> tuple[bytes | None, str]:
    if form is not None:
        try:
            return str(httpx.QueryParams(form)).encode(), "application/x-www-form-urlencoded"
        except UnicodeEncodeError:
            raise errors.Invalid(
                "the text holds half of a surrogate pair, which no form can carry", place=place
            ) from None
    if body is not None:
        return json_bytes(body), "application/json"
    return None, ""


def json_bytes(value: Any) -> bytes:
    """A JSON body as it is sent, for who has to sign it."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


_backoff = tenacity.wait_exponential_jitter(multiplier=0.3, max=20, jitter=0.2)


def _pause_before_retry(state: tenacity.RetryCallState) -> float:
    """Retry-After wins; after a 429 the limiter has been told to pause already, so nothing is added here."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, errors.RateLimited):
        return 0.0
    if isinstance(error, errors.ToolError) and error.retry_after is not None:
        return error.retry_after
    return float(_backoff(state))


def retry_after(answer: Answer, now: float) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or an HTTP date; None when there is none to read."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d*)?", value):
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - now, 0.0)
    except ValueError:
        return None
