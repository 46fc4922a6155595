"""A local emulator of Amplitude's Taxonomy API, written from the vendor's documentation alone."""

from connectors.amplitude.sandbox.emulator import OTHER_ENVIRONMENT, AmplitudeSandbox

__all__ = ["OTHER_ENVIRONMENT", "AmplitudeSandbox"]
