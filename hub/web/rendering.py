"""Templates, and how values look on a page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from hub.changes.merge import ABSENT
from hub.changes.render import duration, forecast_text
from hub.errors import Refusal
from hub.store.people import Session
from hub.web.people import may

TEMPLATES = Path(__file__).parent / "templates"
COMMAND = re.compile(r"`([^`]+)`")
LONGEST = 200
"""Characters that a text among others may have before its middle is left out."""

STATES = {
    "published": ("good", "✓"),
    "in sync": ("good", "✓"),
    "the same": ("good", "✓"),
    "approved": ("good", "✓"),
    "confirmed": ("good", "✓"),
    "accepted": ("good", "✓"),
    "done": ("good", "✓"),
    "already": ("good", "✓"),
    "running": ("busy", "●"),
    "publishing": ("busy", "●"),
    "reconciling": ("busy", "●"),
    "waiting": ("busy", "◔"),
    "queued": ("busy", "◔"),
    "sent": ("busy", "◔"),
    "open": ("warn", "?"),
    "drifted": ("warn", "≠"),
    "changed there": ("warn", "≠"),
    "paused": ("warn", "‖"),
    "partial": ("warn", "!"),
    "unknown": ("warn", "?"),
    "gone": ("bad", "✕"),
    "failed": ("bad", "✕"),
    "refused": ("bad", "✕"),
    "conflict": ("bad", "✕"),
    "too many": ("bad", "✕"),
    "edited": ("good", "✓"),
    "merged": ("good", "✓"),
    "discarded": ("", "✕"),
    "breaking": ("bad", "!"),
    "additive": ("good", "+"),
    "text": ("", "…"),
    "error": ("bad", "✕"),
    "warning": ("warn", "!"),
}
"""A state's colour and sign; the word itself always stands beside them."""


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"moment": moment, "exact": exact, "iso": iso, "duration": duration}
    made.filters |= {"value": value, "short": short, "sentence": sentence, "thousands": thousands}
    made.tests |= {"long": is_long, "nothing": is_nothing}
    made.globals |= {"state_of": state_of, "forecast": forecast_text, "to": to, "room": room}
    return made


def moment(seconds: float) -> str:
    """A moment in UTC; the page's script shows it in the reader's zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def exact(seconds: float) -> str:
    """The same to the second, for whoever hovers over it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(seconds: float) -> str:
    """The same for machines."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def thousands(number: float) -> str:
    """`12 345`, with a thin space that does not break."""
    return f"{number:,}".replace(",", "\u202f")


def value(given: Any) -> str:
    """A value of the plan or a tool; a text as it is, the rest as JSON."""
    if is_nothing(given):
        return "nothing"
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def sentence(said: Any) -> Markup:
    """A refusal's words, or a text, as a page says them: commands in backticks look like commands. What starts with a
    place keeps its spelling."""
    text = str(said)
    named = isinstance(said, Refusal) and bool(said.place)
    text = text if named else text[:1].upper() + text[1:]
    ended = text if text.endswith((".", "?", "!")) else f"{text}."
    return Markup(COMMAND.sub(r"<code>\1</code>", str(escape(ended))))


def is_nothing(given: Any) -> bool:
    """Whether there is no value at all."""
    return given is ABSENT or given is None


def short(text: str, most: int = LONGEST) -> str:
    """A text of more than `most` characters with its middle left out."""
    return f"{text[: most * 2 // 3]} … {text[-most // 4 :]}" if is_long(text, most) else text


def is_long(text: str, most: int = LONGEST) -> bool:
    """Whether a text is too long for a line among others."""
    return len(text) > most


def room(given: Any) -> int:
    """How many characters a value gets among others: structures are looked at in full or not at all."""
    return LONGEST if isinstance(given, str) else LONGEST // 2


def state_of(word: str) -> tuple[str, str]:
    """The colour and the sign of a state."""
    return STATES.get(word, ("plain", "·"))


def to(path: str, **query: str) -> str:
    """An address of ours with its query."""
    known = {name: text for name, text in query.items() if text}
    return f"{path}?{urlencode(known)}" if known else path


_templates = _environment()


def page(request: Request, template: str, session: Session | None, status: int = 200, /, **values: Any) -> HTMLResponse:
    """A page of ours. `session` is None where nobody is logged in."""
    common = {
        "path": request.url.path,
        "session": session,
        "may": lambda role: session is not None and may(session, role),
    }
    text = _templates.get_template(template).render(**common, **values)
    return HTMLResponse(text, status)
