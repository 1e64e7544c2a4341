"""Bodies that are read after their signature was found good: what they say, and how the OpenAPI document tells it."""

from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

T = TypeVar("T", bound=BaseModel)


def read_body(model: type[T], body: bytes) -> T:
    """What the body says; raises RequestValidationError, which names fields and never repeats their content."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in told]) from None


def described(model: type[BaseModel]) -> dict[str, Any]:
    """The request body of this model, with every part written out where it stands."""
    schema = model.model_json_schema(ref_template="{model}")
    parts = schema.pop("$defs", {})
    return {"required": True, "content": {"application/json": {"schema": _written_out(schema, parts)}}}


def _written_out(value: Any, parts: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_written_out(each, parts) for each in value]
    if not isinstance(value, dict):
        return value
    whole = {**parts[value["$ref"]], **{k: v for k, v in value.items() if k != "$ref"}} if "$ref" in value else value
    return {name: _written_out(each, parts) for name, each in whole.items()}
