"""What all targets' settings share: secrets that stay secret, and a stand-in for credentials."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.settings import Secret, Settings, fingerprint, reveal


class Keyed(Settings):
    """Settings with a credential."""

    key: Secret


def test_a_secret_is_stars_wherever_it_is_printed() -> None:
    settings = Keyed.model_validate({"key": "hush-0123"})
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {settings.key}"
    assert "hush" not in shown and reveal(settings.key) == "hush-0123"


@pytest.mark.parametrize("values", [{"key": "a", "kye": "b"}, {}])
def test_unknown_and_missing_keys_are_errors(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Keyed.model_validate(values)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Keyed.model_validate({"key": "a"}).key = "b"  # type: ignore[assignment]


def test_a_fingerprint_stands_for_credentials_without_showing_them() -> None:
    seen = {fingerprint("ann", "hush"), fingerprint("annhush"), fingerprint("hush", "ann"), fingerprint("ann", "hush2")}
    assert len(seen) == 4 and all(len(one) == 16 and "hush" not in one for one in seen)
    assert fingerprint("ann", "hush") in seen
