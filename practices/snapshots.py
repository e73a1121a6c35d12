"""Turns frozen dataclasses into JSON that is the same bytes for the same content, and back, with a schema version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class SnapshotError(ValueError):
    """Stored text that is no snapshot of the kind and schema asked for; says what is wrong."""


def encode(value: Any, *, schema: int) -> dict[str, Any]:
    """A dataclass as a document of plain values, with its kind (the class's name) and its schema version."""
    return {"kind": type(value).__name__, "schema": schema, "content": _plain(value)}


def decode(kind: type[T], document: Mapping[str, Any], *, schema: int) -> T:
    """The dataclass that `encode` made a document of. Raises SnapshotError, naming the field that does not fit."""
    if not isinstance(document, Mapping) or document.get("kind") != kind.__name__:
        raise SnapshotError(f"this is no {kind.__name__}")
    if document.get("schema") != schema:
        raise SnapshotError(f"{kind.__name__} of schema {document.get('schema')!r}; this version reads schema {schema}")
    return _dataclass(kind, document.get("content"), kind.__name__)


def to_text(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no spaces, so that equal content is equal text."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_text(text: str) -> dict[str, Any]:
    """The document in a text. Raises SnapshotError when it is no JSON object."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SnapshotError(f"not JSON: {error}") from None
    if not isinstance(document, dict):
        raise SnapshotError("not a JSON object")
    return document


def fingerprint(text: str) -> str:
    """SHA-256 of a snapshot's UTF-8 bytes, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"a snapshot cannot hold a {type(value).__name__}")


def _dataclass(kind: type[T], value: Any, path: str) -> T:
    if not isinstance(value, Mapping):
        raise SnapshotError(f"{path}: expected an object")
    hints = get_type_hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if names != value.keys():
        odd = ", ".join(sorted(names ^ value.keys()))
        raise SnapshotError(f"{path}: missing or unknown fields: {odd}")
    return kind(**{name: _value(hints[name], value[name], f"{path}.{name}") for name in names})


def _value(hint: Any, value: Any, path: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        if value is None and NoneType in arguments:
            return None
        return _value(next(argument for argument in arguments if argument is not NoneType), value, path)
    if origin is tuple:
        return _tuple(arguments, value, path)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise SnapshotError(f"{path}: expected an object")
        return {key: _value(arguments[1], item, f"{path}.{key}") for key, item in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, value, path)
    return _scalar(hint, value, path)


def _tuple(arguments: tuple[Any, ...], value: Any, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise SnapshotError(f"{path}: expected a list")
    return tuple(_value(arguments[0], item, f"{path}[{index}]") for index, item in enumerate(value))


def _scalar(hint: Any, value: Any, path: str) -> Any:
    try:
        if hint is datetime or hint is date:
            return hint.fromisoformat(value)
        if isinstance(hint, type) and issubclass(hint, Enum):
            return hint(value)
    except (TypeError, ValueError):
        raise SnapshotError(f"{path}: {value!r} is no {hint.__name__}") from None
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise SnapshotError(f"{path}: expected {hint.__name__}, found {value!r}")
    return value
