"""A local emulator of Mixpanel's Lexicon, written from the vendor's documentation alone."""

from connectors.mixpanel.sandbox.emulator import MixpanelSandbox

__all__ = ["MixpanelSandbox"]
