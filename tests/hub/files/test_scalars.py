"""Only JSON's spellings are not text; what is written is read the same by every YAML reader."""

from __future__ import annotations

import io
from typing import Any

import pytest
import ruamel.yaml
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.files import emit, yamltext
from hub.files.nodes import plain
from mappings.testing import LAWS

JSON_ONLY = {
    "null": r"null|",
    "bool": r"true|false",
    "int": r"-?(?:0|[1-9][0-9]*)",
    "float": r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)",
}


class JsonResolver(ruamel.yaml.resolver.BaseResolver):
    """ruamel's resolver with the rules of JSON in place of its own."""

    def __init__(self, version: Any = None, loader: Any = None) -> None:
        super().__init__(loadumper=loader)

    @property
    def processing_version(self) -> tuple[int, int]:
        return 1, 2


for kind, pattern in JSON_ONLY.items():
    first = {"null": ["n", ""], "bool": ["t", "f"]}.get(kind, list("-0123456789"))
    JsonResolver.add_implicit_resolver_base(
        f"tag:yaml.org,2002:{kind}", ruamel.yaml.util.RegExp(f"^(?:{pattern})$"), first
    )


def ours(text: str) -> Any:
    node, faults = yamltext.compose(text)
    assert node is not None and faults == []
    return plain(node)


def ruamels(text: str, resolver: Any = None) -> Any:
    reader = ruamel.yaml.YAML(typ="safe", pure=True)
    if resolver is not None:
        reader.Resolver = resolver
    return reader.load(io.StringIO(text))


@pytest.mark.parametrize(
    "text",
    [
        *("on", "off", "no", "yes", "y", "N", "True", "FALSE", "Null", "~", "1_000", "0o7", "0x1f", "012", "0b11"),
        *(
            "12:30:00",
            "2026-01-31",
            "2026-01-31T10:00:00Z",
            ".5",
            "5.",
            "+1",
            ".inf",
            "-.inf",
            ".nan",
            "NaN",
            "1e",
            "=",
        ),
    ],
)
def test_what_json_does_not_spell_is_text(text: str) -> None:
    assert ours(f"a: {text}\n") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("", None),
        ("true", True),
        ("-0", 0),
        ("12", 12),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
    ],
)
def test_what_json_spells_is_a_value(text: str, value: object) -> None:
    read = ours(f"a: {text}\n")["a"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    "text", ["on", "1_000", "0o7", "12:30:00", "2026-01-31", "~", "1e3", "-0.5", "null", "True", "7"]
)
def test_ruamel_with_the_same_rules_reads_the_same(text: str) -> None:
    assert ours(f"a: [{text}, '{text}']\n") == ruamels(f"a: [{text}, '{text}']\n", JsonResolver)


@LAWS
@given(st.from_regex(r"[-+.~0-9a-zA-Z_:]{1,8}", fullmatch=True))
def test_ruamel_agrees_on_any_bare_word(word: str) -> None:
    text = f"a: {word} b\n" if word[-1] in ":-" or word.startswith("-") else f"a: {word}\n"
    try:
        theirs = ruamels(text, JsonResolver)
    except ruamel.yaml.YAMLError:
        return
    assert ours(text) == theirs


MISREAD = [
    "on",
    "No",
    "YES",
    "y",
    "~",
    "null",
    "2026-01-31",
    "1e3",
    "0o7",
    "1_000",
    "12:30:00",
    ".5",
    "=",
    "<<",
    "0x1f",
]
texts = st.one_of(st.sampled_from(MISREAD), st.text(max_size=12), st.text("ab \n#:-'\"{}[],&*?|>%@`!\t\r", max_size=9))
values = st.recursive(
    st.one_of(texts, st.integers(), st.booleans(), st.none(), st.just(0.5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)


@LAWS
@given(st.dictionaries(texts, values, min_size=1, max_size=4))
def test_every_reader_reads_what_was_written(data: dict[str, Any]) -> None:
    text = emit.yaml_text(data)
    assert ours(text) == data
    assert yaml.safe_load(text) == data
    assert ruamels(text) == data


@LAWS
@given(values)
def test_in_brackets_too(value: Any) -> None:
    text = f"a: {emit.inline(value)}\n"
    assert ours(text) == yaml.safe_load(text) == ruamels(text) == {"a": value}


def test_a_very_long_key_can_be_read_again() -> None:
    assert ours(emit.yaml_text({"k" * 3000: {"a": 1}})) == {"k" * 3000: {"a": 1}}
