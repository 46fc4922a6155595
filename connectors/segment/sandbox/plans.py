"""Tracking plans themselves: list, create, read, change, delete (apis/segment.md section 3.1, rows 1 to 5)."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sandbox import JSON
from connectors.segment.sandbox.call import CONFLICT, Call, Problems, invalid
from connectors.segment.sandbox.input import TextRule, check_text, read_body, read_page
from connectors.segment.sandbox.rules import SUCCESS, find_plan
from connectors.segment.sandbox.state import PLAN_TYPES, Plan, touch

_DESCRIPTION = TextRule("description", may_be_empty=True)
_CREATE_FIELDS = (TextRule("name", required=True), TextRule("type", required=True, choices=PLAN_TYPES), _DESCRIPTION)
_CHANGE_FIELDS = (TextRule("name"), _DESCRIPTION)


def list_plans(call: Call) -> JSON:
    """All plans, without rules; the query `type` keeps one type. Order is not documented: switch "plan_order"."""
    page, kind = read_page(call), call.request.param("type")
    if kind is not None and kind not in PLAN_TYPES:
        raise invalid(call, "type", f"must be one of [{', '.join(PLAN_TYPES)}]")
    plans = [plan for plan in call.workspace.plans.values() if kind in (None, plan.card["type"])]
    if call.switches["plan_order"] == "newest-first":
        plans.reverse()
    return page.answer(call, "trackingPlans", plans, _card)


def _card(plan: Plan) -> JSON:
    return plan.card


def create_plan(call: Call) -> JSON:
    """A plan without rules: `rules` in the body is one more unknown field, ignored like the others."""
    fields = _read_fields(call, _CREATE_FIELDS)
    if "description" not in fields and call.switches["omitted_description"] != "absent":
        fields["description"] = None if call.switches["omitted_description"] == "null" else ""
    _refuse_taken_name(call, fields, None)
    plan = call.workspace.add_plan(fields, call.now)
    call.workspace.record(call.now, call.actor, "Tracking Plan Created", plan)
    return {"trackingPlan": plan.card}


def read_plan(call: Call) -> JSON:
    return {"trackingPlan": find_plan(call).card}


def change_plan(call: Call) -> JSON:
    """Name and description. Anything else, `type` and `rules` included, is ignored without a word."""
    fields = _read_fields(call, _CHANGE_FIELDS)
    plan = find_plan(call)
    _refuse_taken_name(call, fields, plan)
    plan.card.update(fields)
    touch(plan, call.now)
    call.workspace.record(call.now, call.actor, "Tracking Plan Modified", plan)
    return SUCCESS


def delete_plan(call: Call) -> JSON:
    plan = find_plan(call)
    call.workspace.remove_plan(plan)
    call.workspace.record(call.now, call.actor, "Tracking Plan Deleted", plan)
    return SUCCESS


def _read_fields(call: Call, rules: tuple[TextRule, ...]) -> dict[str, JSON]:
    body, policy = dict(read_body(call)), call.switches["null_description"]
    cleared = policy == "cleared" and body.get("description", "") is None
    if policy != "refused" and body.get("description", "") is None:
        del body["description"]
    problems = Problems()
    for rule in rules:
        check_text(problems, body, rule)
    problems.settle(call.switches)
    known = {rule.name: body[rule.name] for rule in rules if rule.name in body}
    return {**known, "description": None} if cleared else known


def _refuse_taken_name(call: Call, fields: Mapping[str, JSON], own: Plan | None) -> None:
    if call.switches["plan_names"] == "repeatable" or "name" not in fields:
        return
    others = (plan for plan in call.workspace.plans.values() if plan is not own)
    if any(plan.card["name"] == fields["name"] for plan in others):
        raise CONFLICT.refusal(call.switches, "A tracking plan with this name exists already")
