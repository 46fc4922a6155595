"""`hub approvals`: another person's yes or no to exactly one changeset."""

from __future__ import annotations

from dataclasses import asdict

from hub.app import App
from hub.cli import show
from hub.cli.common import record, who_am_i, with_app
from hub.cli.telling import tells_people
from hub.cli.terminal import print_json, say


@with_app
def list_approvals(app: App, as_json: bool) -> int:
    """`hub approvals`: what waits, oldest first."""
    found = app.store.approvals.waiting()
    if as_json:
        print_json([asdict(one) for one in found])
        return 0
    for one in found:
        say(f"{one.fingerprint}  {one.plan}, asked by {one.asked_by} {show.moment(one.asked)}")
    say("  → hub approvals give FINGERPRINT, or refuse" if found else "nothing waits for approval")
    return 0


@with_app
@tells_people
def give(app: App, fingerprint: str, why: str, as_json: bool) -> int:
    return _decide(app, fingerprint, why, as_json, approve=True)


@with_app
@tells_people
def refuse(app: App, fingerprint: str, why: str, as_json: bool) -> int:
    return _decide(app, fingerprint, why, as_json, approve=False)


def _decide(app: App, fingerprint: str, why: str, as_json: bool, *, approve: bool) -> int:
    now = app.engine.time.now()
    done = app.store.approvals.decide(fingerprint, approve=approve, who=who_am_i(), why=why, at=now)
    record(app, "approve" if approve else "refuse", fingerprint, why=why)
    if as_json:
        print_json(asdict(done))
        return 0
    say(f"{done.fingerprint} is {done.state}")
    if approve:
        say(f"  → hub publish {done.plan} --fingerprint {done.fingerprint}")
    return 0
