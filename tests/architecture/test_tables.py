"""Tables point down the chain of packages, are all known to the application, and match the migrations."""

from __future__ import annotations

import ast

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask

from app.blueprints import MODELS
from app.db import Base
from app.extensions import db
from tests.architecture.sources import code, module_of, tree

#: From the floor up; a table may point at its own package or at one before it.
CHAIN = ("app", "circles", "scheduling", "guides.content", "guides.walk", "practices")


def rank(module: str) -> int:
    """Where a module stands in the chain."""
    return next(place for place, package in enumerate(CHAIN) if module == package or module.startswith(f"{package}."))


def test_foreign_keys_point_down_only(flask_app: Flask) -> None:
    owner = {mapper.local_table.name: mapper.class_.__module__ for mapper in Base.registry.mappers}
    upward = [
        f"{name}.{key.parent.name} -> {key.column.table.name}"
        for name, module in owner.items()
        for key in Base.metadata.tables[name].foreign_keys
        if rank(owner[key.column.table.name]) > rank(module)
    ]
    assert upward == []
    assert len(owner) > 20


def test_every_module_with_tables_is_loaded_by_the_application() -> None:
    with_tables = {
        module_of(path)
        for path in code()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "__tablename__" for name in node.targets)
    }
    assert with_tables == {module.__name__ for module in MODELS}


def _ours(name: str | None, kind: str, parents: object) -> bool:
    """Whether a table is Coterie's; on PostgreSQL the carrier of the job queue keeps its own beside them."""
    return kind != "table" or not (name or "").startswith("huey_")


def test_the_migrations_make_what_the_models_say(flask_app: Flask) -> None:
    options = {"compare_type": True, "include_name": _ours}
    context = MigrationContext.configure(db.session.connection(), opts=options)
    assert compare_metadata(context, Base.metadata) == []
