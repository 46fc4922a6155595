"""What the emulated Lexicon accepts in a schema, how it merges what it accepts, and how it shows it on reading.

Facts: apis/mixpanel.md sections 3.7, 4 and 5. Where they are silent, the sandbox's switches choose.
"""

from __future__ import annotations

from collections.abc import Mapping

from jsonschema import Draft7Validator
from jsonschema.exceptions import SchemaError

from connectors.mixpanel.sandbox.state import (
    CUSTOM_EVENT,
    ENTITY_METADATA,
    EVENT,
    JSON,
    MIXPANEL,
    PROFILE,
    PROPERTY_METADATA,
    PROPERTY_TYPES,
    USER,
    Check,
    Document,
    Refusal,
    Workspace,
    is_flag,
    is_text,
    is_texts,
    metadata_of,
    with_metadata,
)
from connectors.sandbox import Sandbox

MOST_PROPERTIES = 2000
"""Per schema (apis/mixpanel.md section 2)."""

MANAGED_EVENTS = frozenset({"$ae_first_open", "$ae_updated", "$ae_session", "$ae_iap", "$ae_crashed"})
"""Cannot be edited (apis/mixpanel.md section 5, item 18)."""

ENTRY_KEYS = frozenset({"entityType", "name", "schemaJson"})

PLAIN_KEYWORDS: Mapping[str, Check] = {
    "$schema": is_text,
    "type": lambda value: value in PROPERTY_TYPES if isinstance(value, str) else False,
    "required": lambda value: is_texts(value) and len(set(value)) == len(value),
    "additionalProperties": is_flag,
    "examples": lambda value: isinstance(value, list),
    "format": is_text,
}
"""Keywords seen in documented examples; a value that passes here is valid draft-07 without asking the meta-schema."""

PROPERTY_KEYWORDS = frozenset({"examples", "format"})
"""Shown on properties by the reference pages, forbidden by the published specification (section 4.4)."""

PROPERTY_KEYWORD_POLICY: Mapping[str, tuple[str, str]] = {
    "documented": ("keep", "refuse"),
    "spec": ("refuse", "refuse"),
    "drop": ("keep", "drop"),
    "keep": ("keep", "keep"),
}
"""Switch `property_keys` → what happens to (keywords of the reference pages, any other keyword)."""

SCHEMA_DEFAULTS: Document = {"description": "", "properties": {}, "required": []}
METADATA_DEFAULTS: Document = {
    "displayName": "",
    "tags": [],
    "hidden": False,
    "dropped": False,
    "contacts": [],
    "teamContacts": [],
    "platforms": [],
}
"""What a recorded live answer shows for an event nobody described (July 2026)."""

EVERYWHERE_DEFAULTS: Document = {"$schema": "http://json-schema.org/draft-07/schema", "additionalProperties": True}
PROPERTY_METADATA_DEFAULTS: Document = {"displayName": "", "hidden": False, "dropped": False}

SETS = frozenset({"required", "tags", "contacts", "teamContacts", "platforms"})
"""Arrays without an order of their own (apis/mixpanel.md section 5, item 19)."""


class SchemaRules:
    """Parses uploads strictly: `accept` returns what the service would keep, or raises `Refusal`."""

    def __init__(self, sandbox: Sandbox, workspace: Workspace) -> None:
        self._switch = sandbox.switch
        self._workspace = workspace

    def accept_entry(self, entry: JSON, where: str, *, partial: bool = False) -> tuple[str, str, Document]:
        """(entity type, name, kept schema) of one entry of a bulk body."""
        fields = _object(entry, where)
        if missing := ENTRY_KEYS - fields.keys():
            raise Refusal(400, f"{where}: missing {', '.join(sorted(missing))}")
        if (extra := fields.keys() - ENTRY_KEYS) and self._switch("body_keys") == "strict":
            raise Refusal(400, f"{where}: unknown key {', '.join(sorted(extra))}")
        kind, name = fields["entityType"], fields["name"]
        schema = self.accept(kind, name, fields["schemaJson"], f"{where}.schemaJson", partial=partial)
        return kind, name, schema

    def accept(self, kind: JSON, name: JSON, schema: JSON, where: str, *, partial: bool = False) -> Document:
        """The schema as it will be kept. `partial`: a PATCH, where None stands for "remove"."""
        self._check_identity(kind, name, where)
        kept: Document = {}
        for key, value in _object(schema, where).items():
            place = f"{where}.{key}"
            if self._is_removal(value, place, partial):
                kept[key] = None
            elif key == "properties":
                kept[key] = {
                    prop: self._accept_property(kind, one, f"{place}.{prop}", partial)
                    for prop, one in _object(value, place).items()
                }
            elif key == "metadata":
                kept[key] = self._accept_metadata(kind, value, ENTITY_METADATA, place, partial)
            elif key == "description":
                kept[key] = _checked(value, is_text, place)
            elif self._keeps(key, value, "keep" if key in PLAIN_KEYWORDS else self._switch("schema_keys"), place):
                kept[key] = value
        return check_size(kept, where)

    def _check_identity(self, kind: JSON, name: JSON, where: str) -> None:
        writable = {EVENT, PROFILE} | ({CUSTOM_EVENT} if self._switch("custom_event_writes") == "accept" else set())
        if not isinstance(kind, str) or kind not in writable:
            raise Refusal(400, f"{where}: invalid entity type {kind!r}")
        if not isinstance(name, str) or not name:
            raise Refusal(400, f"{where}: a name is a non-empty string")
        if kind == PROFILE and name != USER and self._switch("profile_names") == "strict":
            raise Refusal(400, f"{where}: the profile schema is named {USER}")
        if kind == EVENT and name in MANAGED_EVENTS and self._switch("managed_events") == "refuse":
            raise Refusal(400, f"{where}: {name} cannot be edited")

    def _accept_property(self, kind: str, given: JSON, where: str, partial: bool) -> Document | None:
        if self._is_removal(given, where, partial):
            return None
        kept: Document = {}
        for key, value in _object(given, where).items():
            place = f"{where}.{key}"
            if self._is_removal(value, place, partial):
                kept[key] = None
            elif key == "type":
                kept[key] = self._accept_type(value, place)
            elif key == "metadata":
                kept[key] = self._accept_metadata(kind, value, PROPERTY_METADATA, place, partial)
            elif key == "description":
                kept[key] = _checked(value, is_text, place)
            elif self._keeps(key, value, self._property_policy(key), place):
                kept[key] = value
        if not partial:
            self.check_typed(kept, where)
        return kept

    def check_typed(self, prop: Document, where: str) -> None:
        """Specification: a property has a type. One client got through without (section 4.4)."""
        if prop.get("type") is None and self._switch("missing_type") == "refuse":
            raise Refusal(400, f"{where}: missing type")

    def _accept_type(self, value: JSON, where: str) -> JSON:
        known = isinstance(value, str) and value in PROPERTY_TYPES
        if not known and self._switch("property_types") == "strict":
            raise Refusal(400, f"{where}: invalid type {value!r}")
        return value

    def _property_policy(self, key: str) -> str:
        of_pages, of_others = PROPERTY_KEYWORD_POLICY[self._switch("property_keys")]
        return of_pages if key in PROPERTY_KEYWORDS else of_others

    def _keeps(self, key: str, value: JSON, policy: str, where: str) -> bool:
        if policy == "refuse":
            raise Refusal(400, f"{where}: unknown key")
        if key not in PLAIN_KEYWORDS or not PLAIN_KEYWORDS[key](value):
            _check_draft7({key: value}, where)
        return policy == "keep"

    def _is_removal(self, value: JSON, where: str, partial: bool) -> bool:
        if value is not None or not partial:
            return False
        if self._switch("patch_null") == "refuses":
            raise Refusal(400, f"{where}: null is no value")
        return True

    def _accept_metadata(
        self, kind: str, given: JSON, known: Mapping[str, Check], where: str, partial: bool
    ) -> Document:
        spaces = _object(given, where)
        if MIXPANEL not in spaces or self._is_removal(spaces[MIXPANEL], where, partial):
            return spaces
        kept: Document = {}
        for key, value in _object(spaces[MIXPANEL], f"{where}.{MIXPANEL}").items():
            place = f"{where}.{MIXPANEL}.{key}"
            if key in known:
                kept |= self._accept_field(
                    kind, key, value if value is None else _checked(value, known[key], place), place
                )
            elif self._switch("metadata_keys") == "strict":
                raise Refusal(400, f"{place}: unknown key")
        return spaces | {MIXPANEL: kept}

    def _accept_field(self, kind: str, key: str, value: JSON, where: str) -> Document:
        if key == "dropped" and value is True and not self.may_drop(kind, where):
            return {}
        if key in ("tags", "contacts", "teamContacts") and value is not None:
            return {key: self._known_names(key, value, where)}
        return {key: value}

    def may_drop(self, kind: str, where: str) -> bool:
        """Whether dropping happens; False when it is ignored. In the web page it takes an owner (section 1.2)."""
        by_role = self._switch("admin_drop") if self._workspace.access.role != "owner" else "allow"
        if by_role == "refuse":
            raise Refusal(403, "Service account does not have permission(s): event_deletion")
        if kind == PROFILE and self._switch("profile_dropped") == "refuse":
            raise Refusal(400, f"{where}: only events and their properties can be dropped")
        return by_role == "allow" and kind != PROFILE

    def _known_names(self, key: str, names: list[str], where: str) -> list[str]:
        policy = self._switch("unknown_tags" if key == "tags" else "unknown_people")
        if policy in ("create", "keep"):
            return names
        known = {"tags": self._workspace.tags, "contacts": self._workspace.members}.get(key, self._workspace.teams)
        unknown = [name for name in names if name not in known]
        if unknown and policy == "refuse":
            raise Refusal(400, f"{where}: unknown {', '.join(unknown)}")
        return [name for name in names if name in known]

    # Merging and showing -------------------------------------------------------------------------------------

    def merged_upload(self, stored: Document | None, upload: Document) -> Document:
        """A POST: the body replaces, but Mixpanel metadata keys it leaves out are taken over; null removes one.

        Inside a property this holds only for properties that are still in the upload (section 3.7 rule 3).
        """
        merged = self._carry(stored or {}, upload)
        if "properties" not in upload:
            return merged
        old = (stored or {}).get("properties", {}) if self._switch("property_metadata") == "merge" else {}
        properties = {name: self._carry(old.get(name, {}), one) for name, one in upload["properties"].items()}
        return merged | {"properties": properties}

    def _carry(self, stored: Document, upload: Document) -> Document:
        before, now = metadata_of(stored), metadata_of(upload)
        if self._switch("empty_list") == "ignored":
            now = {key: value for key, value in now.items() if value != []}
        both = {key: value for key, value in {**before, **now}.items() if value is not None}
        return with_metadata(upload, both)

    def merged_patch(self, stored: Document, patch: Document, where: str) -> Document:
        """A PATCH: what is in it changes, the rest stays. How deep, how arrays and null behave: switches."""
        unite = self._switch("patch_arrays") == "unite"
        merged = _merge(stored, patch, unite)
        if patch.get("properties"):
            if self._switch("patch_depth") == "property":
                given = {name: _merge({}, one, unite) for name, one in patch["properties"].items() if one is not None}
                merged["properties"] = merged["properties"] | given
            for name in patch["properties"].keys() & merged["properties"].keys():
                self.check_typed(merged["properties"][name], f"{where}.properties.{name}")
        return check_size(merged, where)

    def shown(self, schema: Document) -> Document:
        """A stored schema as an answer holds it: defaults filled in, in the order of the switch."""
        shown = schema
        if self._switch("read_defaults") != "off":
            shown = with_metadata(SCHEMA_DEFAULTS | schema, METADATA_DEFAULTS | metadata_of(schema))
        elif self._switch("read_noise") != "off":
            shown = with_metadata(schema, {"platforms": []} | metadata_of(schema))
        if self._switch("read_defaults") == "everywhere":
            properties = {name: _shown_property(one) for name, one in shown["properties"].items()}
            shown = EVERYWHERE_DEFAULTS | shown | {"properties": properties}
        return shown if self._switch("list_order") == "stored" else _reversed(shown)


def check_size(schema: Document, where: str) -> Document:
    """The schema again, or a refusal when it has too many properties."""
    if len(schema.get("properties") or ()) > MOST_PROPERTIES:
        raise Refusal(400, f"{where}: more than {MOST_PROPERTIES} properties")
    return schema


def _object(value: JSON, where: str) -> Document:
    if not isinstance(value, dict):
        raise Refusal(400, f"{where}: expected an object")
    return value


def _checked(value: JSON, check: Check, where: str) -> JSON:
    if not check(value):
        raise Refusal(400, f"{where}: invalid value")
    return value


def _check_draft7(keywords: Document, where: str) -> None:
    try:
        Draft7Validator.check_schema(keywords)
    except SchemaError as problem:
        raise Refusal(400, f"{where}: not valid draft-07: {problem.message}") from problem


def _merge(stored: JSON, patch: Document, unite: bool) -> Document:
    merged: Document = dict(stored) if isinstance(stored, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = _merge(merged.get(key), value, unite)
        elif unite and isinstance(value, list) and isinstance(merged.get(key), list):
            merged[key] = merged[key] + [one for one in value if one not in merged[key]]
        else:
            merged[key] = value
    return merged


def _shown_property(prop: Document) -> Document:
    return with_metadata({"description": ""} | prop, PROPERTY_METADATA_DEFAULTS | metadata_of(prop))


def _reversed(value: Document) -> Document:
    shown: Document = {}
    for key, one in reversed(value.items()):
        if isinstance(one, dict):
            shown[key] = _reversed(one)
        else:
            shown[key] = one[::-1] if key in SETS and isinstance(one, list) else one
    return shown
