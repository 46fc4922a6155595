"""Sealing every sealed secret of hub.toml anew, with the first of the keys."""

from __future__ import annotations

from pathlib import Path

from hub import sealing, settings_file
from hub.errors import Problems, Refusal


def rotate(file: Path, *, new_key: bool = False) -> list[str]:
    """Reseal all, or none, and write the file; the settings by their keys, joined by dots. With `new_key` the key
    file gets a new first key before, unless something cannot be opened with those there are.

    Raises Problems with all that cannot be opened, Refusal, and Moved when the file changed meanwhile.
    """
    _opened(settings_file.text_of(file), file)
    if new_key:
        sealing.add_key(file.parent)
    done: list[str] = []

    def anew(text: str) -> str:
        for reference, secret in _opened(text, file).items():
            text = text.replace(reference, sealing.seal(secret, file.parent))
        done.extend(".".join(keys) for keys in sealing.sealed_values(settings_file.data_of(text)))
        return text

    if sealing.sealed_values(settings_file.data_of(settings_file.text_of(file))):
        settings_file.edit(file, anew)
    return done


def _opened(text: str, file: Path) -> dict[str, str]:
    """Every sealed reference with its secret. Raises Problems."""
    problems: list[Refusal] = []
    found: dict[str, str] = {}
    for keys, reference in sealing.sealed_values(settings_file.data_of(text)).items():
        try:
            found[reference] = sealing.opened(reference, file.parent, f"{file} [{'.'.join(keys[:-1])}] {keys[-1]}")
        except Refusal as refusal:
            problems.append(refusal)
    if problems:
        raise Problems("nothing was sealed anew", problems)
    return found
