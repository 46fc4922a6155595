"""Which of our things another list of names means: the same name, another spelling of it, or one much like it."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mappings.canonical.text import snake_case

How = Literal["exact", "former", "normalised", "similar"]
"""`former`: the plan had that name before a rename."""
SIMILAR = 0.8
"""The least likeness of two names, 0 to 1, that is worth a suggestion."""
COMPARED = 40
"""How many of our names one of theirs is compared with letter by letter; those that share its rarest words."""
STEM = 4
"""Letters by which two words count as shared: `signup` and `signups` do."""


@dataclass(frozen=True, slots=True)
class Match:
    """A thing of theirs and the one of ours it stands for, with how sure that is (1.0 is certain)."""

    theirs: str
    ours: str
    how: How
    score: float


def suggestions(theirs: Sequence[str], ours: Sequence[str]) -> Iterator[Match]:
    """The likeliest of our names for each of theirs, where there is one. Give only names that are not on both sides."""
    plain = {spelled: name for name in ours if (spelled := snake_case(name))}
    stems = _by_stem(plain)
    for name in theirs:
        spelled = snake_case(name)
        if spelled in plain:
            yield Match(name, plain[spelled], "normalised", 1.0)
            continue
        near = difflib.get_close_matches(spelled, _candidates(spelled, stems), 1, SIMILAR)
        if near:
            score = difflib.SequenceMatcher(None, spelled, near[0]).ratio()
            yield Match(name, plain[near[0]], "similar", round(score, 2))


def _by_stem(names: Iterable[str]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        for stem in _stems(name):
            found[stem].append(name)
    return found


def _stems(name: str) -> set[str]:
    return {word[:STEM] for word in name.split("_")}


def _candidates(name: str, stems: Mapping[str, list[str]]) -> list[str]:
    """Names that share a word, those of the rarest word first: comparing all with all takes minutes in a large plan."""
    found: dict[str, None] = {}
    for stem in sorted(_stems(name) & stems.keys(), key=lambda one: (len(stems[one]), one)):
        found |= dict.fromkeys(stems[stem][: COMPARED - len(found)])
        if len(found) >= COMPARED:
            break
    return list(found)
