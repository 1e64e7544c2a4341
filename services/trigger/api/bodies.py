"""How a signed body stands in the OpenAPI document: it is read after its signature."""

from typing import Any

from pydantic import BaseModel


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
