"""What a consumer needs of an event, from its `events/received.py` and a realistic example: the body of a contract.

A field that may be empty or has a default is not relied on, so the contract does not ask for it.
"""

import types
from typing import Any, Literal, Union, get_args, get_origin

from pact import match
from pydantic import BaseModel


def needs(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """The matchers of every field that `model` relies on."""
    return {
        name: _matcher(field.annotation, example[name])
        for name, field in model.model_fields.items()
        if field.is_required() and not _may_be_none(field.annotation)
    }


def with_nothing(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """`data` with null where the contract leaves open whether there is something."""
    filled: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in data:
            filled[name] = _filled(field.annotation, data[name])
        elif _may_be_none(field.annotation):
            filled[name] = None
    return filled


def _filled(annotation: Any, value: Any) -> Any:
    inner = next((part for part in (annotation, *get_args(annotation)) if _is_model(part)), None)
    if inner is None:
        return value
    return [with_nothing(inner, one) for one in value] if isinstance(value, list) else with_nothing(inner, value)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _may_be_none(annotation: Any) -> bool:
    return get_origin(annotation) in {Union, types.UnionType} and type(None) in get_args(annotation)


def _matcher(annotation: Any, value: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return match.regex(str(value), regex="^(" + "|".join(map(str, arguments)) + ")$")
    if _is_model(annotation):
        return needs(annotation, value)
    if isinstance(value, list) and value:
        inner = arguments[0] if arguments else Any
        return match.each_like(_matcher(inner, value[0]), min=1)
    if isinstance(value, list):
        return match.like([])
    if isinstance(value, dict):
        return match.like(value)
    return _of_a_kind(value)


def _of_a_kind(value: Any) -> Any:
    if isinstance(value, bool):
        return match.boolean(value)
    if isinstance(value, int):
        return match.integer(value)
    return match.string(value)
