"""Translation between the canonical plan and Snowplow's Iglu schemas."""

from mappings.snowplow.mapping import SnowplowMapping

__all__ = ["SnowplowMapping"]
