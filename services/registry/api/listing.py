"""The shape of every list that programs are given, and how it is asked for."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

T = TypeVar("T")

PageNumber = Annotated[int, Query(ge=1, le=1_000_000, description="第几页，从 1 起")]
PerPage = Annotated[int, Query(ge=1, le=200, description="每页条数")]


class Listed(BaseModel, Generic[T]):
    """One page of a list."""

    total: int = Field(description="总条数")
    page: int
    per_page: int
    rows: Sequence[T]
