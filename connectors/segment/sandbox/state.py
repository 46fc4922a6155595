"""What a Segment workspace holds, and its shape as JSON."""

from __future__ import annotations

import hashlib
import json
import string
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from connectors.sandbox import JSON
from connectors.segment.sandbox.schema import normalise

NEVER = "0001-01-01T00:00:00.000Z"
"""The `deprecatedAt` of a rule that is not deprecated, i.e. of every rule (apis/segment.md section 4.2)."""

DEMO_TOKEN = "demo-segment-token"
DEMO_PLAN = "tp_" + "DemoPlan".ljust(27, "0")
CONSENT_KEY = "Segment Consent Preference Updated"

PLAN_TYPES = ("ENGAGE", "LIVE", "PROPERTY_LIBRARY", "RULE_LIBRARY", "TEMPLATE")
RULE_TYPES = ("COMMON", "GROUP", "IDENTIFY", "PAGE", "SCREEN", "TRACK")

Identity = tuple[str, str | None, float]
"""(type, key, version): all that identifies a rule."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def stamp(now: float) -> str:
    """A moment as the vendor writes it: whole seconds, milliseconds always zero."""
    return datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


@dataclass(frozen=True, slots=True)
class Token:
    """What an API token may do. Levels are "none", "read" and "admin"; regions are "us" and "eu"."""

    id: str
    plans: str = "admin"
    sources: str = "admin"
    region: str = "us"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `schema` is already in the form that a read answers."""

    type: str
    key: str | None
    version: float
    schema: JSON
    created: str
    updated: str

    @property
    def identity(self) -> Identity:
        return (self.type, self.key, self.version)

    def as_json(self) -> JSON:
        return {
            "key": self.key,
            "type": self.type,
            "version": self.version,
            "jsonSchema": self.schema,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "deprecatedAt": NEVER,
        }

    @classmethod
    def from_json(cls, value: JSON) -> Rule:
        schema = normalise(value["jsonSchema"])
        return cls(value["type"], value["key"], value["version"], schema, value["createdAt"], value["updatedAt"])


@dataclass(slots=True)
class Plan:
    """A tracking plan: `card` is the TrackingPlan object as a read answers it."""

    card: dict[str, JSON]
    rules: dict[Identity, Rule] = field(default_factory=dict)
    _sorted: dict[str, list[Rule]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.card["id"])

    def set_rules(self, rules: dict[Identity, Rule]) -> None:
        """The only way rules change, so that the sorted list is never stale."""
        self.rules = rules
        self._sorted = {}

    def ordered(self, null_keys: str = "first") -> list[Rule]:
        """By key in code points, then version (section 5.11); rules without key come `null_keys`, "first" or "last"."""
        if null_keys not in self._sorted:
            named = sorted((rule for rule in self.rules.values() if rule.key is not None), key=_place)
            unnamed = sorted((rule for rule in self.rules.values() if rule.key is None), key=_place)
            self._sorted[null_keys] = unnamed + named if null_keys == "first" else named + unnamed
        return self._sorted[null_keys]

    def as_json(self) -> JSON:
        return {**self.card, "rules": [rule.as_json() for rule in self.ordered()]}

    @classmethod
    def from_json(cls, value: JSON) -> Plan:
        rules = [Rule.from_json(one) for one in value["rules"]]
        card = {name: part for name, part in value.items() if name != "rules"}
        return cls(card, {rule.identity: rule for rule in rules})


def _place(rule: Rule) -> tuple[str, float, str]:
    return (rule.key or "", rule.version, rule.type)


@dataclass(slots=True)
class Source:
    """A source: `card` is the Source object as a read answers it to a Source Admin."""

    card: dict[str, JSON]
    plan: str | None = None
    settings: dict[str, JSON] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.card["id"])

    def as_json(self) -> JSON:
        return {**self.card, "trackingPlanId": self.plan, "schemaSettings": self.settings}

    @classmethod
    def from_json(cls, value: JSON) -> Source:
        own = ("trackingPlanId", "schemaSettings")
        card = {name: part for name, part in value.items() if name not in own}
        return cls(card, value["trackingPlanId"], value["schemaSettings"])


@dataclass(slots=True)
class Workspace:
    """Everything behind one set of tokens."""

    card: dict[str, JSON]
    tokens: dict[str, Token] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    events: list[JSON] = field(default_factory=list)
    protocols: bool = True
    consent: bool = False
    rules_per_replace: int = 200
    minted: int = 0

    @classmethod
    def demo(cls, now: float) -> Workspace:
        """Fully entitled, one empty LIVE plan, no sources."""
        made = cls({"id": "9demoWorkspace00000000", "slug": "demo-workspace", "name": "Demo workspace"})
        made.tokens[DEMO_TOKEN] = Token("demo")
        made.add_plan({"name": "Demo plan", "description": "", "type": "LIVE"}, now, plan_id=DEMO_PLAN)
        return made

    def mint(self, prefix: str, length: int) -> str:
        """A new id: prefix and `length` letters and digits, the same ones in every run."""
        self.minted += 1
        number = int.from_bytes(hashlib.sha512(f"{prefix}{self.minted}".encode()).digest(), "big")
        letters = []
        for _ in range(length):
            number, at = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[at])
        return prefix + "".join(letters)

    def add_plan(self, fields: dict[str, JSON], now: float, plan_id: str = "") -> Plan:
        """`fields` are name, type and, unless it was left out, description."""
        about = {"slug": "", **({"description": fields["description"]} if "description" in fields else {})}
        ids = {"id": plan_id or self.mint("tp_", 27), "resourceSchemaId": self.mint("rs_", 27)}
        times = {"createdAt": stamp(now), "updatedAt": stamp(now)}
        plan = Plan({**ids, "name": fields["name"], **about, "type": fields["type"], **times})
        self.plans[plan.id] = plan
        if self.consent:
            add_consent_rule(plan, now)
        return plan

    def remove_plan(self, plan: Plan) -> None:
        del self.plans[plan.id]
        for source in self.sources.values():
            source.plan = None if source.plan == plan.id else source.plan

    def record(self, now: float, actor: str, kind: str, resource: Plan | Source) -> None:
        """Adds an audit event. The word for the resource's type is chosen when it is read."""
        email = {"actorEmail": "person@example.com"} if actor.startswith("user/") else {}
        self.events.append(
            {
                "id": self.mint("", 27),
                "timestamp": stamp(now),
                "type": kind,
                "actor": actor,
                **email,
                "resourceId": resource.id,
                "resourceType": "plan" if isinstance(resource, Plan) else "source",
                "resourceName": resource.card["name"],
            }
        )

    def as_json(self) -> JSON:
        state = {
            "workspace": self.card,
            "settings": {
                "protocols": self.protocols,
                "consentManagement": self.consent,
                "rulesPerReplace": self.rules_per_replace,
            },
            "tokens": {text: asdict(token) for text, token in self.tokens.items()},
            "plans": [plan.as_json() for plan in self.plans.values()],
            "sources": [source.as_json() for source in self.sources.values()],
            "auditEvents": self.events,
            "minted": self.minted,
        }
        return copy_json(state)

    @classmethod
    def from_json(cls, value: JSON) -> Workspace:
        state = copy_json(value)
        settings = state["settings"]
        return cls(
            state["workspace"],
            {text: Token(**token) for text, token in state["tokens"].items()},
            {plan.id: plan for plan in map(Plan.from_json, state["plans"])},
            {source.id: source for source in map(Source.from_json, state["sources"])},
            state["auditEvents"],
            settings["protocols"],
            settings["consentManagement"],
            settings["rulesPerReplace"],
            state["minted"],
        )


def copy_json(value: JSON) -> JSON:
    """A deep copy that shares nothing."""
    return json.loads(json.dumps(value))


def touch(plan: Plan, now: float) -> None:
    plan.card["updatedAt"] = stamp(now)


def add_consent_rule(plan: Plan, now: float) -> None:
    """The rule that Consent Management writes into every plan by itself (section 5.14). Replaces nothing."""
    kind = {"type": "object", "properties": {"categoryPreferences": {"type": "object"}}, "required": []}
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "labels": {},
        "description": "Made by Consent Management for its own use. Please leave this event as it is.",
        "properties": {"context": {"type": "object"}, "traits": {}, "properties": kind},
    }
    rule = Rule("TRACK", CONSENT_KEY, 1, normalise(schema), stamp(now), stamp(now))
    if rule.identity in plan.rules:
        return
    plan.set_rules({**plan.rules, rule.identity: rule})
    touch(plan, now)
