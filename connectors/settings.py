"""What every target's settings have in common; each tool adds its own fields."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, SecretStr

Secret = SecretStr
"""A credential. Shown as stars wherever it is printed; `reveal` is for the HTTP layer alone."""


class Settings(BaseModel):
    """The settings of one target, secrets already resolved. Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str | None = None
    """Another host than the vendor's usual one: a region, a proxy, a sandbox."""


def reveal(secret: Secret) -> str:
    return secret.get_secret_value()


def fingerprint(*parts: str) -> str:
    """Sixteen hex digits that stand for credentials where the credentials must not be seen."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
