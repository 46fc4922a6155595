"""How many examples the laws get: few and always the same, so that the tests are quick; raise it before a release."""

from hypothesis import settings

settings.register_profile("quick", max_examples=25, deadline=None, derandomize=True)
settings.load_profile("quick")
