"""Refusals: what the hub will not do, why, and what to do next. Never a traceback for the person who asked."""

from __future__ import annotations


class Refusal(Exception):
    """Something was asked that cannot or must not be done.

    `place` is the file, key, target or option at fault; `hint` the next step. `exit_code` is what the command line
    ends with: 1 failed or refused, 64 bad usage.
    """

    exit_code = 1

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Usage(Refusal):
    """The command itself was wrong."""

    exit_code = 64


class Problems(Refusal):
    """Several refusals found together (a plan file, a configuration): all are reported at once."""

    def __init__(self, message: str, problems: list[Refusal], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class Moved(Refusal):
    """What was previewed is no longer what would happen: the plan or a tool changed in between."""


class Guarded(Refusal):
    """A guard stopped the changeset. `violations` are all of them (`hub.changes.guard.Violation`)."""

    def __init__(self, message: str, violations: tuple[object, ...], *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.violations = violations


class Busy(Refusal):
    """Another run holds the target."""


class Stopped(Refusal):
    """The person stopped the run. What was done is recorded; the same command goes on from there."""
