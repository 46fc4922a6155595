"""What the Lexicon refuses or cannot hold as a whole, each with its source. As of 21 August 2026."""

from __future__ import annotations

from mappings.canonical.plan import Event
from mappings.mixpanel.table import Loss

MOST_PROPERTIES = 2000
"""Per schema (apis/mixpanel.md section 2, from the vendor's own client and the CSV limits)."""

LONGEST_EVENT_NAME = 255
"""Characters; ingestion cuts longer names, so that an entry under the full name would describe nothing
(apis/mixpanel.md section 2, documented)."""

VENDOR_EVENT_PREFIXES = ("$ae_", "$mp_")
VENDOR_EVENTS = frozenset({"$session_start", "$session_end"})
"""Events that are Mixpanel's own and cannot be edited (apis/mixpanel.md section 5, item 18)."""

VENDOR_PROPERTY_PREFIXES = ("$", "mp_")
"""Properties that Mixpanel's libraries send and Mixpanel describes (apis/mixpanel.md section 5, item 18)."""

ENTITY_KIND = Loss(
    "error",
    "refused",
    "entity",
    "Mixpanel has events only; a set of properties that goes along with other events has no place there.",
    "List its properties on the events that carry it.",
)
VENDOR_EVENT = Loss(
    "error",
    "refused",
    "vendor-event",
    "{name!r} is an event of Mixpanel's own and cannot be edited.",
    "Take it out of the plan, or give the event another name for Mixpanel.",
)
LONG_NAME = Loss(
    "error",
    "refused",
    "name-length",
    "Mixpanel cuts event names at 255 characters when data arrives; an entry under the full name describes nothing.",
    "Shorten the name, or give the event a shorter one for Mixpanel.",
)
TOO_MANY = Loss(
    "error",
    "refused",
    "property-count",
    "Mixpanel holds at most 2000 properties in one schema; this one would have {count}.",
    "Split the event, or nest what belongs together.",
)
NO_GROUPS = Loss(
    "error",
    "refused",
    "group",
    "Mixpanel's Lexicon API cannot write group properties.",
    "Describe the group's properties in Mixpanel by hand.",
)
VENDOR_PROPERTY = Loss(
    "warning",
    "dropped",
    "vendor-property",
    "Names that start with $ or mp_ belong to Mixpanel, which describes them itself.",
    "Nothing to do if this is Mixpanel's own property; otherwise give it another name for Mixpanel.",
)
NAMELESS = Loss("warning", "dropped", "nameless", "A property without a name cannot be published.", "Give it a name.")


def event_refusal(name: str, event: Event) -> Loss | None:
    """Why this event cannot be published under this name, if it cannot."""
    if event.kind == "entity":
        return ENTITY_KIND
    if is_vendor_event(name):
        return VENDOR_EVENT
    return LONG_NAME if len(name) > LONGEST_EVENT_NAME else None


def property_refusal(name: str) -> Loss | None:
    """Why a property of this name cannot be published, if it cannot."""
    if is_vendor_property(name):
        return VENDOR_PROPERTY
    return None if name else NAMELESS


def is_vendor_event(name: str) -> bool:
    return name in VENDOR_EVENTS or name.startswith(VENDOR_EVENT_PREFIXES)


def is_vendor_property(name: str) -> bool:
    return name.startswith(VENDOR_PROPERTY_PREFIXES)
