"""What waits for a person: proposals, conflicts, drift, a tug-of-war, an approval that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from hub.changes.happening import Happening
from hub.changes.merge import ABSENT
from hub.engine.ports import Approval, StoredProposal
from hub.notify.desk import Desk
from hub.notify.story import (
    Block,
    Button,
    Facts,
    Line,
    Part,
    Span,
    Story,
    Tone,
    callout,
    line,
    moment,
    name,
    paragraph,
    strong,
)
from hub.notify.telling.words import counted, quoted, where
from mappings.canonical.kinds import JSON

DECIDED: Mapping[str, str] = {
    "accepted": "accepted",
    "edited": "accepted with another text",
    "rejected": "rejected",
    "different": "kept different there",
    "withdrawn": "withdrawn: no tool shows it any more",
}
"""How a proposal ended, by its state."""


def proposal(desk: Desk, stored: StoredProposal, owners: tuple[str, ...]) -> Story:
    """A proposal or conflict with its values, and what became of it."""
    one, is_open = stored.proposal, stored.state == "open"
    place = " › ".join(span.text for span in where(one.path) if span.text != " › ")
    what = "Conflict" if one.conflict else "Proposal"
    head = f"{what} {stored.id}: {place}"
    return Story(
        title=head if is_open else f"{head}: {DECIDED[stored.state]}",
        tone=_tone(stored),
        lead=tuple(_values(stored)),
        buttons=_choices(stored) if is_open else (),
        mentions=owners if is_open else (),
        footer=line("shown by ", ", ".join(sorted({target for target, _ in one.shown})), " · ", _how(stored)),
        url=desk.page("proposals", str(stored.id)),
        data={"kind": "proposal", "proposal": stored.id, "path": list(one.path), "state": stored.state},
    )


def _tone(stored: StoredProposal) -> Tone:
    if stored.state == "open":
        return "warning" if stored.proposal.conflict else "neutral"
    return "good" if stored.state in ("accepted", "edited") else "neutral"


def _how(stored: StoredProposal) -> Span:
    return name(f"hub proposals accept {stored.id}" if stored.state == "open" else "hub proposals --all")


def _values(stored: StoredProposal) -> list[Block]:
    one = stored.proposal
    rows: list[tuple[str, Line]] = [("Published", line(quoted(one.base)))] if one.base is not ABSENT else []
    if one.conflict or one.ours != one.base:
        rows.append(("The plan", line(quoted(one.ours))))
    rows.append(("The tool", line(quoted(one.value))))
    said: list[Block] = [Facts(rows=tuple(rows))]
    if stored.who and stored.state != "open":
        why = f": {stored.why}" if stored.why else ""
        said.append(paragraph(strong(stored.who), f" decided{why}"))
    return said


def _choices(stored: StoredProposal) -> tuple[Button, ...]:
    number = str(stored.id)
    return (
        Button(act="accept", label="Accept", subject=number, style="primary"),
        Button(act="reject", label="Reject", subject=number, style="danger"),
        Button(act="snooze", label="Tomorrow", subject=number),
    )


def drift(desk: Desk, happening: Happening, owners: tuple[str, ...]) -> Story:
    """What differs at one target, since when; or that nothing does any more. `owners` are those whose it is."""
    target, count = str(happening.data["target"]), int(happening.data["count"])
    over = happening.kind == "drift.resolved"
    title = f"{target} agrees with the plan again" if over else f"{target} differs from the plan: {_fields(count)}"
    return Story(
        title=title,
        tone="good" if over else "warning",
        parts=() if over else tuple(_drifted(one) for one in happening.data["fields"]),
        mentions=() if over else owners,
        footer=line(name("hub reconcile"), " reads again · ", name("hub proposals"), " shows what waits"),
        url=desk.page("drift"),
        data={"kind": "drift", "target": target, "count": count, "resolved": over},
    )


def _fields(count: int) -> str:
    return counted(count, "field")


def _drifted(one: Mapping[str, JSON]) -> Part:
    since = moment(float(one["since"]))
    gist = line(*where(one["path"]), " since ", since, *([" (new)"] if one["new"] else []))
    return Part(name=".".join(one["path"]), gist=gist)


def tug_of_war(desk: Desk, happening: Happening, owners: tuple[str, ...]) -> Story:
    """Said once: a field comes back after every restore, and is left alone from now on."""
    path, target = tuple(happening.data["path"]), str(happening.data["target"])
    lead: list[Block] = [paragraph(*where(path))]
    pattern = str(happening.data.get("pattern", ""))
    lead += [paragraph(pattern)] if pattern else []
    lead.append(callout("neutral", "The hub leaves it alone until somebody decides."))
    return Story(
        title=f"Tug-of-war at {target}: the same field comes back after every restore",
        tone="warning",
        lead=tuple(lead),
        mentions=owners,
        url=desk.page("drift"),
        data={"kind": "tug-of-war", "target": target, "path": list(path)},
    )


def approval(desk: Desk, one: Approval) -> Story:
    """Somebody is asked to look at a changeset before it is published; or what they said."""
    is_open = one.state == "open"
    words = {"open": "waits for your approval", "approved": "is approved", "refused": "is not approved"}[one.state]
    said = paragraph("Fingerprint ", name(one.fingerprint), ", asked by ", strong(one.asked_by))
    decided = paragraph(strong(one.who), f": {one.why or words}")
    tones: dict[str, Tone] = {"open": "warning", "approved": "good", "refused": "bad"}
    return Story(
        title=f"A publish of {one.plan} {words}",
        tone=tones[one.state],
        lead=(said,) if is_open else (said, decided),
        buttons=(Button(act="approve", label="Approve", subject=one.fingerprint, style="primary"),) if is_open else (),
        footer=line("look at it first: ", name(f"hub preview {one.plan}")),
        url=desk.page("approvals", one.fingerprint),
        data={"kind": "approval", "fingerprint": one.fingerprint, "state": one.state},
    )
