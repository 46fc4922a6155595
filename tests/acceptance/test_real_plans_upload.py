"""Real plans of other people through the page: handed over as files or as a zip, found out, looked at, made a plan."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from hub.verbs.importing import TITLES
from tests.acceptance.real_plans import DATA, Source, sources
from tests.hub.web.visitors import Quay, Visitor

SOURCES = sources() if DATA.is_dir() else []
STATES = (
    "webflow+segment-tracking-plan-management+webflow-prod-2025-02-21.json",
    "webflow+segment-tracking-plan-management+webflow-prod-2025-03-27.json",
)
pytestmark = pytest.mark.skipif(not SOURCES, reason="the collection of real plans is not beside this repository")


def zipped(source: Source) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in source.paths:
            archive.write(DATA / path, path)
    return packed.getvalue()


def upload(who: Visitor, files: list[tuple[str, bytes]], **form: str) -> tuple[str, str]:
    """The address of the upload, and the page on which one chooses."""
    parts = [("files", one) for one in files]
    answer = who.ask("POST", "/import", data={"form_token": who.session.form_token, **form}, files=parts)
    assert answer.status_code == 303, re.findall(r'role="alert">(.*?)</div>', answer.text)
    return answer.headers["location"], who.get(answer.headers["location"]).text


def ticked(page: str) -> list[str]:
    return re.findall(r'value="(\d+:take)"', page)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.title)
def test_a_real_plan_comes_in_through_the_page_as_it_does_by_the_command(source: Source, tmp_path: Path) -> None:
    quay, expected = Quay.open(tmp_path, plan=None, targets=False), source.read().plan
    ann = quay.somebody("editor")
    place, page = upload(ann, [("plan.zip", zipped(source))])
    assert f"<dd>{TITLES[source.format]} <span" in page
    form = {"form_token": ann.session.form_token, "choice": ticked(page), "rest": ["events:new"], "name": "Real"}
    assert ann.ask("POST", place, data=form).status_code == 303
    made = quay.hub.store.plan_version("Real")
    quay.hub.close()
    assert made.model_copy(update={"name": expected.name}) == expected


def test_a_newer_state_of_a_real_plan_becomes_a_draft_of_the_older(tmp_path: Path) -> None:
    older, newer = (DATA / "plans" / "segment-public-api" / name for name in STATES)
    quay = Quay.open(tmp_path, plan=None, targets=False)
    ann = quay.somebody("editor")
    place, page = upload(ann, [(older.name, older.read_bytes())])
    ann.ask("POST", place, data={"form_token": ann.session.form_token, "choice": ticked(page), "name": "Web"})
    place, page = upload(ann, [(newer.name, newer.read_bytes())], into="Web")
    assert "<strong>288</strong> new" in page and "Untouched: 31" in page
    form = {"form_token": ann.session.form_token, "choice": ticked(page), "rest": ["events:changed"]}
    assert ann.ask("POST", place, data=form).status_code == 303
    (draft,) = quay.hub.store.drafts.of_plan("Web")
    events = quay.hub.store.drafts.plan(draft.body).events
    quay.hub.close()
    assert len(events) == 307 + 288
