"""Bodies of requests: strict, so that what is misspelt is no news of another kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Body(BaseModel):
    """The body of a write: the declared keys, of just these types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


RowNumber = Annotated[int, Field(ge=1, le=2**53), BeforeValidator(_plain)]
"""To JSON 7.0 and 7 are one number; to strict reading they are not."""
PlanInBody = Annotated[str, Field(min_length=1, max_length=200, description="Name of a plan.", examples=["Harbour"])]
TargetInBody = Annotated[
    str, Field(min_length=1, max_length=200, description="Name of a target.", examples=["segment"])
]
Reason = Annotated[str, Field(max_length=2000, description="Why, for the record.", examples=["As agreed on Monday."])]
