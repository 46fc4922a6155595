"""Rules as Segment's Public API lists them: apis/segment.md sections 3 and 4."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.canonical.kinds import JSON
from mappings.contract import Reading
from mappings.formats.building import PlanBuilder, as_mapping, as_text
from mappings.formats.segment_rules import Rule, take_rules

EXPECTED = 'a list of rules of Segment\'s Public API, alone or under "rules" or "data"'
KNOWN = frozenset({"type", "key", "version", "jsonSchema", "description", "createdAt", "updatedAt", "deprecatedAt"})


def read(documents: Mapping[str, JSON]) -> Reading:
    """The plan of one or several dumps. Raises FormatError where none has a list of rules."""
    builder = PlanBuilder("segment", EXPECTED)
    rules: list[Rule] = []
    for file, document in builder.documents(documents):
        found = find_rules(document)
        if found is None:
            builder.reject(file)
            continue
        _take_head(builder, file, document)
        rules.extend(api_rules(builder, file, found))
    take_rules(builder, rules)
    return builder.reading()


def find_rules(document: JSON) -> list[JSON] | None:
    """The list of rules in a document of this format, else None."""
    if isinstance(document, list):
        return document
    rules = as_mapping(document).get("rules")
    if isinstance(rules, list):
        return rules
    rules = as_mapping(as_mapping(document).get("data")).get("rules")
    return rules if isinstance(rules, list) else None


def _take_head(builder: PlanBuilder, file: str, document: JSON) -> None:
    head = as_mapping(document)
    inner = as_mapping(head.get("data"))
    builder.name = builder.name or as_text(head.get("name"))
    builder.description = builder.description or as_text(head.get("description"))
    paging = as_mapping(inner.get("pagination") or head.get("pagination"))
    if paging.get("next"):
        message = "this is one page of several: the other rules of the plan are missing"
        builder.note("warning", "dropped", ("file", file), "one-page", message, "Give the other pages as well.")


def api_rules(builder: PlanBuilder, file: str, rules: list[JSON]) -> Iterator[Rule]:
    """The rules of a list; a finding for each entry that is none, and for fields a rule does not have."""
    for index, rule in enumerate(rules):
        if not isinstance(rule, Mapping) or not isinstance(rule.get("type", "TRACK"), str):
            message = f"entry {index} is no rule; skipped"
            builder.note("warning", "dropped", ("file", file, str(index)), "no-rule", message)
            continue
        found = Rule(
            file=file,
            kind=rule.get("type", "TRACK"),
            key=rule.get("key"),
            version=as_version(rule.get("version")),
            schema=rule.get("jsonSchema"),
            description=as_text(rule.get("description")),
            deprecated_at=as_text(rule.get("deprecatedAt")),
        )
        if unknown := sorted(set(rule) - KNOWN):
            message = f"a rule has no {', '.join(unknown)}: Segment drops such fields, and so does this import"
            builder.note("info", "dropped", found.path, "rule-fields", message)
        yield found


def as_version(value: JSON) -> float:
    """The version number of a rule; 1 where nothing usable is said. Integers in practice, a float in the type."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e9:
        return 1
    return int(value) if float(value).is_integer() else value


def sniff(data: JSON) -> bool:
    """Whether this looks like a rule dump: rules with a `jsonSchema` that was not flattened for typewriter."""
    rules = find_rules(data)
    return bool(rules) and all("jsonSchema" in as_mapping(rule) for rule in rules or ()) and not is_flattened(rules)


def is_flattened(rules: JSON) -> bool:
    """Whether any rule carries `eventMetadata`, which typewriter writes where it flattens schemas."""
    return isinstance(rules, list) and any(
        "eventMetadata" in as_mapping(as_mapping(rule).get("jsonSchema")) for rule in rules
    )
