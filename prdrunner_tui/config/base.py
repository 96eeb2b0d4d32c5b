"""What all configuration models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Unknown keys are errors, values are never converted, instances never change.

    The docstring under each field is its entry in the reference.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        allow_inf_nan=False,
    )


Seconds = Annotated[float, Field(gt=0, le=604_800)]
"""A time in seconds, at most a week."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""A name the person gives: letters, digits, ``_ . -``."""

Text = Annotated[str, Field(min_length=1, max_length=10_000)]
"""Text that is not empty."""
