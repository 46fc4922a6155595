"""What is wrong with a plan, in the words of a refusal. Imports nothing heavy before it is called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import Refusal


@contextmanager
def shared_properties_explained(plan: object) -> Iterator[None]:
    """A plan whose shared properties do not resolve is refused, with the place in it. `plan` is how it was named.

    Raises Refusal.
    """
    from mappings.canonical.identity import UnknownSharedProperty

    try:
        yield
    except UnknownSharedProperty as problem:
        raise Refusal(
            f"there is no shared property {problem.shared!r}, or it contains itself",
            place=f"{plan}: {' › '.join(problem.path)}",
            hint=f"add {problem.shared!r} under `shared_properties:`, or name another there",
        ) from None
