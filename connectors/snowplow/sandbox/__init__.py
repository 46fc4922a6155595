"""Local emulators of Snowplow's Iglu Server and of a static registry, from the vendor's documentation alone."""

from connectors.snowplow.sandbox.access import SUPER_KEY
from connectors.snowplow.sandbox.emulator import READ_KEY, WRITE_KEY, SnowplowSandbox
from connectors.snowplow.sandbox.static import StaticRegistrySandbox

__all__ = ["READ_KEY", "SUPER_KEY", "WRITE_KEY", "SnowplowSandbox", "StaticRegistrySandbox"]
