"""Who may do what: API keys and permissions (apis/snowplow.md sections 1.1 and 1.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

JSON = Any

_LENIENT_UUID = re.compile("-".join(["([0-9a-fA-F]+)"] * 5))
_WIDTHS = (32, 16, 16, 16, 48)
SUPER_KEY = "48b267d7-cd2b-4f22-bae4-0f002008b5ad"
"""The documented key of a server with in-memory storage; here the configured super key of both storages."""
SCHEMA_ACTIONS = ("READ", "BUMP", "CREATE", "CREATE_VENDOR")
KEY_ACTIONS = ("CREATE", "DELETE")


def parse_uuid(text: str) -> str | None:
    """The canonical spelling of what Java takes for a UUID (five hex groups of any length), or None."""
    match = _LENIENT_UUID.fullmatch(text)
    if not match:
        return None
    number = 0
    for group, width in zip(match.groups(), _WIDTHS, strict=True):
        number = (number << width) | (int(group, 16) & ((1 << width) - 1))
    return str(UUID(int=number))


def parse_vendor_prefix(text: str) -> tuple[str, ...]:
    """The dot-separated parts of a prefix; none for any vendor (empty, blank or `*`)."""
    return () if text.strip() in ("", "*") else tuple(text.strip().split("."))


@dataclass(frozen=True, slots=True)
class Permission:
    """What one key may do. `vendor` without parts and with `wildcard` means any vendor."""

    vendor: tuple[str, ...] = ()
    wildcard: bool = True
    schema: str | None = None
    key: tuple[str, ...] = ()

    @property
    def grants_something(self) -> bool:
        return self.schema is not None or bool(self.key)

    def covers(self, vendor: tuple[str, ...]) -> bool:
        """Whether the rule reaches a vendor, compared per dot part: `com.acme` does not cover `com.acmecorp`."""
        reach = vendor[: len(self.vendor)] if self.wildcard else vendor
        return reach == self.vendor

    def may_read(self, vendor: str) -> bool:
        return self.grants_something and self.covers(tuple(vendor.split(".")))

    def may_write(self, vendor: str) -> bool:
        """Any schema action but READ; BUMP, CREATE and CREATE_VENDOR are not told apart."""
        writes = self.schema not in (None, "READ") or bool(self.key)
        return writes and self.covers(tuple(vendor.split(".")))

    def may_make_key(self, vendor: tuple[str, ...]) -> bool:
        return "CREATE" in self.key and self.covers(vendor)

    def as_json(self) -> dict[str, JSON]:
        """The spelling of `authInfo`; the wildcard does not show in it."""
        return {"vendor": ".".join(self.vendor), "schema": self.schema, "key": list(self.key)}

    @classmethod
    def from_json(cls, value: JSON) -> Permission:
        """Raises ValueError for an action that does not exist."""
        schema, key = value["schema"], tuple(value["key"])
        if schema not in (None, *SCHEMA_ACTIONS) or not set(key) <= set(KEY_ACTIONS):
            raise ValueError(f"schema takes one of {SCHEMA_ACTIONS} or null, key some of {KEY_ACTIONS}")
        return cls(parse_vendor_prefix(value["vendor"]), value.get("wildcard", True), schema, key)


ANONYMOUS = Permission()
SUPER = Permission(schema="CREATE_VENDOR", key=KEY_ACTIONS)
