"""Rules of a tracking plan: list, replace, upsert, remove (apis/segment.md sections 3.1 and 5)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from connectors.sandbox import JSON
from connectors.segment.sandbox.call import CONFLICT, NOT_FOUND, SERVER_FAILURE, Call, Problems, Refusal, invalid
from connectors.segment.sandbox.input import read_body, read_page, read_removals
from connectors.segment.sandbox.schema import has_null_type, normalise
from connectors.segment.sandbox.state import RULE_TYPES, Identity, Plan, Rule, stamp, touch

RULES_PER_WRITE = 200

UNNAMED_TYPES = ("COMMON", "GROUP", "IDENTIFY")
"""One rule per version without a key (section 5.19)."""

SUCCESS: JSON = {"status": "SUCCESS"}

Rules = dict[Identity, Rule]


@dataclass(frozen=True, slots=True)
class Draft:
    """One valid item of a write."""

    index: int
    type: str
    key: str | None
    version: float
    schema: JSON = None
    new_key: str | None = None

    @property
    def identity(self) -> Identity:
        return (self.type, self.key, self.version)


@dataclass(frozen=True, slots=True)
class Write:
    """What differs between the three writes."""

    most: int | None
    with_schema: bool
    with_new_key: bool


def find_plan(call: Call) -> Plan:
    """Raises Refusal: 404 for an unknown id (a Config API `rs_` id is one), 422 for an id that is too long."""
    if len(call.item) > 255:
        raise invalid(call, "trackingPlanId", "length must be less than or equal to 255 characters long")
    plan = call.workspace.plans.get(call.item)
    if plan is None:
        raise NOT_FOUND.refusal(call.switches, "Tracking plan not found")
    return plan


def list_rules(call: Call) -> JSON:
    page = read_page(call)
    return page.answer(call, "rules", find_plan(call).ordered(call.switches["null_keys"]), Rule.as_json)


def replace_rules(call: Call) -> JSON:
    """Deletes every rule and creates those of the body anew, with new times (section 5.3)."""
    most = call.workspace.rules_per_replace
    drafts, problems = _read_drafts(call, read_body(call).get("rules"), Write(most, True, False))
    return _apply(call, {}, drafts, problems, _create)


def upsert_rules(call: Call) -> JSON:
    """Replaces the whole schema of each named rule, creates unknown ones, leaves the rest (sections 5.1 and 5.2)."""
    raised = call.switches["raised_limit_covers"] == "every-write"
    most = max(RULES_PER_WRITE, call.workspace.rules_per_replace) if raised else RULES_PER_WRITE
    drafts, problems = _read_drafts(call, read_body(call).get("rules"), Write(most, True, True))
    return _apply(call, None, drafts, problems, _upsert)


def remove_rules(call: Call) -> JSON:
    write = Write(call.switches["removals_per_request"], False, False)
    drafts, problems = _read_drafts(call, read_removals(call), write)
    return _apply(call, None, drafts, problems, _remove)


# Reading the items --------------------------------------------------------------------------------------------


def _read_drafts(call: Call, items: JSON, write: Write) -> tuple[list[Draft], Problems]:
    """The items before the first invalid one, and what is wrong with the others.

    Raises Refusal when `rules` itself is missing, no list or too long: then nothing of it is looked at.
    """
    problems = Problems()
    if items is None:
        problems.add("rules", "is required")
    elif not isinstance(items, list):
        problems.add("rules", "must be an array")
    elif write.most is not None and len(items) > write.most:
        problems.add("rules", f"must contain less than or equal to {write.most} items")
    problems.settle(call.switches)
    drafts: list[Draft] = []
    for index, item in enumerate(items):
        wrong = _check_item(call, index, item, write)
        problems.extend(wrong.found)
        if not problems.found:
            drafts.append(_draft(call, index, item, write))
    if not problems.found:
        drafts = _settle_duplicates(call, drafts, problems)
    return drafts, problems


def _check_item(call: Call, index: int, item: JSON, write: Write) -> Problems:
    problems, at = Problems(), f"rules[{index}]"
    if not isinstance(item, dict):
        problems.add(at, "must be of type object")
        return problems
    _check_type(item, at, problems)
    _check_key(call, item, at, problems)
    _check_version(call, item, at, problems)
    if write.with_schema:
        _check_schema(call, item, at, problems)
    if write.with_new_key and "newKey" in item:
        _check_new_key(item["newKey"], at, problems)
    return problems


def _check_type(item: Mapping[str, JSON], at: str, problems: Problems) -> None:
    if "type" not in item:
        problems.add(f"{at}.type", "is required")
    elif item["type"] not in RULE_TYPES:
        problems.add(f"{at}.type", f"must be one of [{', '.join(RULE_TYPES)}]")


def _check_key(call: Call, item: Mapping[str, JSON], at: str, problems: Problems) -> None:
    key, kind = item.get("key"), item.get("type")
    if key is not None and not isinstance(key, str):
        problems.add(f"{at}.key", "must be a string")
    elif kind == "TRACK" and not key and call.switches["keyless_track"] == "refused":
        problems.add(f"{at}.key", "is required" if key is None else "is not allowed to be empty")
    elif kind in UNNAMED_TYPES and key and call.switches["keys_on_unnamed_types"] == "refused":
        problems.add(f"{at}.key", "is not allowed")


def _check_version(call: Call, item: Mapping[str, JSON], at: str, problems: Problems) -> None:
    if "version" not in item:
        problems.add(f"{at}.version", "is required")
        return
    version = item["version"]
    if isinstance(version, bool) or not isinstance(version, (int, float)) or not math.isfinite(version):
        problems.add(f"{at}.version", "must be a number")
    elif call.switches["odd_versions"] == "refused" and (version < 1 or version != int(version)):
        problems.add(f"{at}.version", "must be a positive integer")


def _check_schema(call: Call, item: Mapping[str, JSON], at: str, problems: Problems) -> None:
    if "jsonSchema" not in item:
        problems.add(f"{at}.jsonSchema", "is required")
    elif call.switches["null_in_type"] == "refused" and has_null_type(item["jsonSchema"]):
        problems.add(f"{at}.jsonSchema", "must be a valid JSON schema: a type is a string")


def _check_new_key(new_key: JSON, at: str, problems: Problems) -> None:
    if not isinstance(new_key, str):
        problems.add(f"{at}.newKey", "must be a string")
    elif not new_key:
        problems.add(f"{at}.newKey", "is not allowed to be empty")


def _draft(call: Call, index: int, item: Mapping[str, JSON], write: Write) -> Draft:
    """Fields other than the documented ones, among them times on a PUT, are dropped without a word (section 4.2)."""
    version = item["version"]
    return Draft(
        index,
        item["type"],
        _settle_key(call, item["type"], item.get("key")),
        int(version) if version == int(version) else version,
        normalise(item["jsonSchema"]) if write.with_schema else None,
        item.get("newKey") if write.with_new_key and item["type"] not in UNNAMED_TYPES else None,
    )


def _settle_key(call: Call, kind: str, key: str | None) -> str | None:
    if kind in UNNAMED_TYPES:
        return (key or None) if call.switches["keys_on_unnamed_types"] == "kept" else None
    if kind in ("PAGE", "SCREEN"):
        return key if call.switches["keys_on_pages"] == "kept" else None
    return key


def _settle_duplicates(call: Call, drafts: list[Draft], problems: Problems) -> list[Draft]:
    """One identity twice in a batch: what happens is not documented (section 10.3)."""
    policy = call.switches["duplicates_in_batch"]
    if policy == "last-wins":
        return drafts
    first: dict[Identity, Draft] = {}
    for at, draft in enumerate(drafts):
        if draft.identity in first and policy == "refused":
            problems.add(f"rules[{draft.index}]", "contains a duplicate value")
            return drafts[:at]
        first.setdefault(draft.identity, draft)
    return list(first.values())


# Applying them ------------------------------------------------------------------------------------------------

WriteOne = Callable[[Call, Plan, Rules, Draft], None]


def _apply(call: Call, base: Rules | None, drafts: list[Draft], problems: Problems, write_one: WriteOne) -> JSON:
    """Applies the drafts to `base` (None: the rules as they are), all or nothing unless the switch "batch" differs.

    The mood "half-batch" applies the first half and answers 500.
    """
    keep = call.switches["batch"] == "prefix"
    if not keep:
        problems.settle(call.switches)
    plan = find_plan(call)
    rules = dict(plan.rules) if base is None else base
    refusal = problems.refusal(call.switches) if problems.found else None
    if refusal is None and call.mood == "half-batch":
        drafts, refusal, keep = drafts[: len(drafts) // 2], SERVER_FAILURE.refusal(call.switches), True
    try:
        for draft in drafts:
            write_one(call, plan, rules, draft)
    except Refusal as late:
        refusal = late
    if refusal is None or keep:
        _commit(call, plan, rules)
    if refusal is not None:
        raise refusal
    return SUCCESS


def _commit(call: Call, plan: Plan, rules: Rules) -> None:
    plan.set_rules(rules)
    if call.switches["rule_writes_move_plan"]:
        touch(plan, call.now)
    call.workspace.record(call.now, call.actor, "Tracking Plan Modified", plan)


def _create(call: Call, plan: Plan, rules: Rules, draft: Draft) -> None:
    _refuse_foreign_type(call, plan, draft)
    rules[draft.identity] = _rule(call, draft, stamp(call.now))


def _upsert(call: Call, plan: Plan, rules: Rules, draft: Draft) -> None:
    _refuse_foreign_type(call, plan, draft)
    if draft.new_key is not None and draft.new_key != draft.key:
        draft = _rename(call, rules, draft)
    old = rules.get(draft.identity)
    if old and call.switches["equal_content"] == "untouched" and json.dumps(old.schema) == json.dumps(draft.schema):
        return
    rules[draft.identity] = _rule(call, draft, old.created if old else stamp(call.now))


def _remove(call: Call, plan: Plan, rules: Rules, draft: Draft) -> None:
    if rules.pop(draft.identity, None) is None and call.switches["remove_unknown_rule"] == "not-found":
        raise NOT_FOUND.refusal(call.switches, "Rule not found")


def _rule(call: Call, draft: Draft, created: str) -> Rule:
    return Rule(draft.type, draft.key, draft.version, draft.schema, created, stamp(call.now))


def _refuse_foreign_type(call: Call, plan: Plan, draft: Draft) -> None:
    """Libraries hold TRACK rules only (section 4.5)."""
    library = plan.card["type"] in ("RULE_LIBRARY", "PROPERTY_LIBRARY")
    if library and draft.type != "TRACK" and call.switches["library_rule_types"] == "track-only":
        raise invalid(call, f"rules[{draft.index}].type", "must be [TRACK]")


def _rename(call: Call, rules: Rules, draft: Draft) -> Draft:
    """Moves the rule to its new key and gives the draft that then replaces its schema (section 10.4: all unknown)."""
    renamed = replace(draft, key=draft.new_key)
    if draft.identity not in rules:
        policy = call.switches["rename_of_unknown"]
        if policy == "refused":
            raise NOT_FOUND.refusal(call.switches, "Rule not found")
        return renamed if policy == "creates-new-key" else draft
    every_version = call.switches["rename_covers"] == "every-version"
    moving = [
        rule
        for rule in rules.values()
        if rule.identity == draft.identity or (every_version and rule.identity[:2] == draft.identity[:2])
    ]
    for rule in moving:
        _move(call, rules, rule, draft.new_key)
    return renamed


def _move(call: Call, rules: Rules, rule: Rule, key: str | None) -> None:
    target = (rule.type, key, rule.version)
    if target in rules and call.switches["rename_onto_existing"] == "refused":
        raise CONFLICT.refusal(call.switches, "A rule with this type, key and version exists already")
    del rules[rule.identity]
    created = rule.created if call.switches["rename_created_at"] == "kept" else stamp(call.now)
    rules[target] = replace(rule, key=key, created=created, updated=stamp(call.now))
