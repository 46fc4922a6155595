"""What people do in Segment's web app: the verbs of `SegmentSandbox.edit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from connectors.sandbox import JSON
from connectors.segment.sandbox.schema import normalise
from connectors.segment.sandbox.sources import default_settings
from connectors.segment.sandbox.state import (
    PLAN_TYPES,
    RULE_TYPES,
    Plan,
    Rule,
    Source,
    Token,
    Workspace,
    add_consent_rule,
    copy_json,
    stamp,
    touch,
)

DRAFT = "http://json-schema.org/draft-07/schema#"
PERSON = "user/person"

_ACCESS = {"admin": ("admin", "admin"), "read-only": ("read", "read"), "none": ("none", "none")}


@dataclass(frozen=True, slots=True)
class Edit:
    """One change, with the workspace it happens in. Its lookups raise ValueError."""

    workspace: Workspace
    now: float
    change: Mapping[str, JSON]

    def need(self, name: str) -> JSON:
        if name not in self.change:
            raise ValueError(f"{self.change['do']!r} needs {name!r}")
        return self.change[name]

    def choose(self, name: str, choices: Sequence[str], otherwise: str | None = None) -> str:
        value = self.need(name) if otherwise is None else self.change.get(name, otherwise)
        if value not in choices:
            raise ValueError(f"{name!r} is one of {', '.join(choices)}, not {value!r}")
        return str(value)

    def plan(self) -> Plan:
        """The named plan, else the first of the workspace."""
        plan_id = self.change.get("plan") or next(iter(self.workspace.plans), None)
        if plan_id not in self.workspace.plans:
            raise ValueError(f"there is no plan {plan_id!r}")
        return self.workspace.plans[plan_id]

    def source(self) -> Source:
        if self.need("source") not in self.workspace.sources:
            raise ValueError(f"there is no source {self.change['source']!r}")
        return self.workspace.sources[self.change["source"]]

    def token(self) -> str:
        """The named token, else the first of the workspace."""
        text = self.change.get("token") or next(iter(self.workspace.tokens), None)
        if text not in self.workspace.tokens:
            raise ValueError("there is no such token")
        return str(text)

    def rule(self) -> Rule:
        kind = self.choose("type", RULE_TYPES, "TRACK")
        identity = (kind, self.change.get("key"), self.change.get("version", 1))
        if identity not in self.plan().rules:
            raise ValueError(f"there is no rule {identity}")
        return self.plan().rules[identity]

    def save(self, rule: Rule, gone: Rule | None = None) -> JSON:
        """Stores a rule, in place of `gone` when its identity changed; rule and plan get new times."""
        plan = self.plan()
        kept = {identity: one for identity, one in plan.rules.items() if one is not gone}
        kept[rule.identity] = replace(rule, schema=normalise(rule.schema), updated=stamp(self.now))
        return self.save_all(plan, kept)

    def save_all(self, plan: Plan, rules: dict[tuple[str, str | None, float], Rule]) -> JSON:
        plan.set_rules(rules)
        return self.noted(plan)

    def noted(self, plan: Plan) -> JSON:
        touch(plan, self.now)
        self.workspace.record(self.now, PERSON, "Tracking Plan Modified", plan)
        return {}


def perform(workspace: Workspace, now: float, change: JSON) -> JSON:
    """Does one change. Raises ValueError with a plain sentence when it makes no sense."""
    verb = VERBS.get(str(change.get("do"))) if isinstance(change, dict) else None
    if verb is None:
        raise ValueError(f"an edit is an object whose `do` is one of {', '.join(VERBS)}")
    return verb(Edit(workspace, now, copy_json(change)))


# Rules --------------------------------------------------------------------------------------------------------


def add_rule(edit: Edit) -> JSON:
    kind = edit.choose("type", RULE_TYPES, "TRACK")
    key = edit.need("key") if kind == "TRACK" else edit.change.get("key")
    rule = Rule(kind, key, edit.change.get("version", 1), None, stamp(edit.now), stamp(edit.now))
    if rule.identity in edit.plan().rules:
        raise ValueError(f"there is a rule {rule.identity} already")
    return edit.save(replace(rule, schema=_schema_of(edit, kind)))


def replace_rule(edit: Edit) -> JSON:
    rule = edit.rule()
    return edit.save(replace(rule, schema=_schema_of(edit, rule.type)))


def remove_rule(edit: Edit) -> JSON:
    rule, plan = edit.rule(), edit.plan()
    return edit.save_all(plan, {identity: one for identity, one in plan.rules.items() if one is not rule})


def rename_rule(edit: Edit) -> JSON:
    rule = edit.rule()
    renamed = replace(rule, key=edit.need("to"))
    if renamed.identity in edit.plan().rules:
        raise ValueError(f"there is a rule {renamed.identity} already")
    return edit.save(renamed, gone=rule)


def set_description(edit: Edit) -> JSON:
    rule = edit.rule()
    return edit.save(replace(rule, schema={**_object(rule.schema), "description": edit.need("value")}))


def set_label(edit: Edit) -> JSON:
    rule, name, value = edit.rule(), edit.need("label"), edit.need("value")
    schema = _object(rule.schema)
    labels = {**_object(schema.get("labels")), name: value}
    labels = {label: text for label, text in labels.items() if text is not None}
    return edit.save(replace(rule, schema={**schema, "labels": labels}))


def set_property(edit: Edit) -> JSON:
    """Adds the property when it is new; the app leaves its residue on what it touches."""
    rule, path, field, value = edit.rule(), _path(edit), edit.need("field"), edit.need("value")
    schema = copy_json(_object(rule.schema))
    parent, name, pointer = _walk(schema, _section(rule.type), path)
    if field == "required":
        _require(parent, name, bool(value))
    else:
        known = name in parent["properties"]
        own = _object(parent["properties"].get(name)) | {field: value}
        own = {key: part for key, part in own.items() if part is not None or key != field}
        parent["properties"][name] = _with_residue(own, pointer, new=not known)
    _require_section(schema, _section(rule.type))
    return edit.save(replace(rule, schema=schema))


def remove_property(edit: Edit) -> JSON:
    rule, path = edit.rule(), _path(edit)
    schema = copy_json(_object(rule.schema))
    parent, name, _ = _walk(schema, _section(rule.type), path)
    if name not in parent["properties"]:
        raise ValueError(f"there is no property {path}")
    _require(parent, name, False)
    del parent["properties"][name]
    _require_section(schema, _section(rule.type))
    return edit.save(replace(rule, schema=schema))


def _path(edit: Edit) -> list[str]:
    path = edit.need("property")
    return [path] if isinstance(path, str) else list(path)


def _section(kind: str) -> str:
    """Traits for the calls that carry traits, properties for the others (apis/segment.md section 4.3)."""
    return "traits" if kind in ("IDENTIFY", "GROUP") else "properties"


def _object(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _walk(schema: dict[str, JSON], section: str, path: Sequence[str]) -> tuple[dict[str, JSON], str, str]:
    """The object that holds the property, the property's name, and its pointer. Makes missing objects on the way."""
    at = schema.setdefault("properties", {}).setdefault(section, {})
    pointer = f"/properties/{section}"
    for name in path[:-1]:
        _hold_properties(at)
        pointer += f"/properties/{quote(name, safe='')}"
        at = at["properties"].setdefault(name, {})
    _hold_properties(at)
    return at, path[-1], f"{pointer}/properties/{quote(path[-1], safe='')}"


def _hold_properties(at: dict[str, JSON]) -> None:
    at.setdefault("type", "object")
    at.setdefault("properties", {})


def _require(parent: dict[str, JSON], name: str, on: bool) -> None:
    """Other names keep their order; the app leaves an empty list behind rather than none."""
    others = [one for one in parent.get("required", []) if one != name]
    parent["required"] = [*others, name] if on else others


def _require_section(schema: dict[str, JSON], section: str) -> None:
    """The root requires the section when one of its properties is required (section 4.3)."""
    others = [one for one in schema.get("required", []) if one != section]
    wanted = [*others, section] if _object(schema["properties"][section]).get("required") else others
    schema.pop("required", None)
    if wanted:
        schema["required"] = wanted


# The app's handwriting ----------------------------------------------------------------------------------------


def _schema_of(edit: Edit, kind: str) -> JSON:
    """The `jsonSchema` of the change as typed into the app's JSON editor, else built as its grid builds it."""
    if "jsonSchema" in edit.change:
        return edit.change["jsonSchema"]
    section, given = _section(kind), edit.change.get("properties", {})
    named = {
        name: _with_residue(
            {"type": part} if isinstance(part, str) else _object(part),
            f"/properties/{section}/properties/{quote(name, safe='')}",
            new=True,
        )
        for name, part in given.items()
    }
    own = {"type": "object", "properties": named, "required": edit.change.get("required", [])}
    schema = {"$schema": DRAFT, "type": "object", **_texts(edit, kind), "properties": {section: own}}
    _require_section(schema, section)
    return schema


def _texts(edit: Edit, kind: str) -> dict[str, JSON]:
    """The app offers labels for Track and Page rules only."""
    labels = {"labels": edit.change.get("labels", {})} if kind in ("TRACK", "PAGE") else {}
    return {**labels, "description": edit.change.get("description", "")}


def _with_residue(schema: dict[str, JSON], pointer: str, *, new: bool) -> dict[str, JSON]:
    """What the app's editor leaves on a property (section 4.3, last row)."""
    marked: dict[str, JSON] = {"id": pointer, "description": "", "properties": {}, **schema}
    if new:
        marked["isNewProperty"] = True
    if isinstance(schema.get("items"), dict):
        marked["items"] = {**schema["items"], "id": f"{pointer}/items"}
        marked["properties"] = {"$": {"id": f"{pointer}/properties/%24"}}
    else:
        marked["properties"] = {
            name: _with_residue(_object(part), f"{pointer}/properties/{quote(name, safe='')}", new=new)
            for name, part in marked["properties"].items()
        }
    return marked


# Plans and workspace ------------------------------------------------------------------------------------------


def add_plan(edit: Edit) -> JSON:
    fields = {
        "name": edit.need("name"),
        "type": edit.choose("type", PLAN_TYPES, "LIVE"),
        "description": edit.change.get("description", "description"),
    }
    plan = edit.workspace.add_plan(fields, edit.now)
    edit.workspace.record(edit.now, PERSON, "Tracking Plan Created", plan)
    return {"id": plan.id}


def remove_plan(edit: Edit) -> JSON:
    plan = edit.plan()
    edit.workspace.remove_plan(plan)
    edit.workspace.record(edit.now, PERSON, "Tracking Plan Deleted", plan)
    return {}


def rename_plan(edit: Edit) -> JSON:
    edit.plan().card["name"] = edit.need("name")
    return edit.noted(edit.plan())


def describe_plan(edit: Edit) -> JSON:
    edit.plan().card["description"] = edit.need("value")
    return edit.noted(edit.plan())


def switch_consent(edit: Edit) -> JSON:
    """Switching off leaves the rules that are there."""
    edit.workspace.consent = bool(edit.need("on"))
    for plan in edit.workspace.plans.values() if edit.workspace.consent else ():
        add_consent_rule(plan, edit.now)
    return {}


def switch_protocols(edit: Edit) -> JSON:
    edit.workspace.protocols = bool(edit.need("on"))
    return {}


def raise_rule_limit(edit: Edit) -> JSON:
    edit.workspace.rules_per_replace = int(edit.change.get("limit", 2000))
    return {}


# Sources ------------------------------------------------------------------------------------------------------


def add_source(edit: Edit) -> JSON:
    name = str(edit.need("name"))
    source_id = edit.change.get("id") or edit.workspace.mint("", 22)
    if source_id in edit.workspace.sources:
        raise ValueError(f"there is a source {source_id!r} already")
    slug = edit.change.get("slug") or name.lower().replace(" ", "_")
    card = {
        "id": source_id,
        "slug": slug,
        "name": name,
        "metadata": _source_kind(),
        "workspaceId": edit.workspace.card["id"],
        "enabled": True,
        "writeKeys": [f"key-{source_id}"],
        "labels": [],
    }
    edit.workspace.sources[source_id] = Source(card, None, default_settings())
    return {"id": source_id}


def _source_kind() -> JSON:
    about = {"id": "sandboxKind", "name": "Website", "slug": "website", "description": "A website"}
    logo = {"default": "https://example.com/website.svg"}
    rest = {"options": [], "categories": ["Website"], "isCloudEventSource": False, "status": "PUBLIC"}
    return {**about, "logos": logo, **rest}


def connect_source(edit: Edit) -> JSON:
    """A person may move a source from one plan to another."""
    source, plan = edit.source(), edit.plan()
    source.plan = plan.id
    edit.workspace.record(edit.now, PERSON, "Source Connected To Tracking Plan", plan)
    return {}


def disconnect_source(edit: Edit) -> JSON:
    source = edit.source()
    if source.plan is None:
        raise ValueError(f"source {source.id!r} is not connected")
    plan, source.plan = edit.workspace.plans[source.plan], None
    edit.workspace.record(edit.now, PERSON, "Source Disconnected From Tracking Plan", plan)
    return {}


# Tokens -------------------------------------------------------------------------------------------------------


def add_token(edit: Edit) -> JSON:
    plans, sources = _ACCESS[edit.choose("access", tuple(_ACCESS), "admin")]
    region = edit.choose("region", ("us", "eu"), "us")
    edit.workspace.tokens[str(edit.need("token"))] = Token(edit.workspace.mint("", 10), plans, sources, region)
    return {}


def revoke_token(edit: Edit) -> JSON:
    del edit.workspace.tokens[edit.token()]
    return {}


def limit_token(edit: Edit) -> JSON:
    """`access` sets both products, `sources` then that one alone."""
    text = edit.token()
    plans, sources = _ACCESS[edit.choose("access", tuple(_ACCESS))]
    sources = edit.choose("sources", ("none", "read", "admin"), sources)
    edit.workspace.tokens[text] = replace(edit.workspace.tokens[text], plans=plans, sources=sources)
    return {}


def move_token(edit: Edit) -> JSON:
    text, region = edit.token(), edit.choose("region", ("us", "eu"))
    edit.workspace.tokens[text] = replace(edit.workspace.tokens[text], region=region)
    return {}


VERBS: Mapping[str, Callable[[Edit], JSON]] = {
    "add-rule": add_rule,
    "replace-rule": replace_rule,
    "remove-rule": remove_rule,
    "rename-rule": rename_rule,
    "set-description": set_description,
    "set-label": set_label,
    "set-property": set_property,
    "remove-property": remove_property,
    "add-plan": add_plan,
    "remove-plan": remove_plan,
    "rename-plan": rename_plan,
    "describe-plan": describe_plan,
    "switch-consent": switch_consent,
    "switch-protocols": switch_protocols,
    "raise-rule-limit": raise_rule_limit,
    "add-source": add_source,
    "connect-source": connect_source,
    "disconnect-source": disconnect_source,
    "add-token": add_token,
    "revoke-token": revoke_token,
    "limit-token": limit_token,
    "move-token": move_token,
}
