"""How a cohort is matched: objective, attributes, answers to its own questions, searches, drafts by circle."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import op

revision = "0006_matching"
down_revision = "0005_practices"

#: Added in place: where a table is made anew instead, as batches do for a column with a check, SQLite deletes the rows
#: that point at it.
OBJECTIVE = (
    "ALTER TABLE cohort ADD COLUMN objective VARCHAR(24) DEFAULT 'total' NOT NULL "
    "CONSTRAINT ck_cohort_objective CHECK (objective IN ('total', 'weakest'))"
)
LOW, MILD = 50, frozenset({"no_spare_slot", "wishes_unmet"})
#: What a circle's entry and a person's say beside what has a column.
CIRCLE_DETAIL = ("quality", "parts", "facts", "remarks", "slots")
LEFT_DETAIL = ("reason", "values", "people", "change")


def upgrade() -> None:
    op.execute(OBJECTIVE)
    op.add_column("cohort", sa.Column("attributes", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("cohort", sa.Column("questions", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("cohort", sa.Column("catch_up", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("enrollment", sa.Column("answers", sa.JSON(), nullable=False, server_default="{}"))
    drafts = _present_drafts()
    op.drop_table("match_draft")
    tables = {"search": _searches(), "draft": _drafts(), "circle": _circles(), "left": _left()}
    for draft in drafts:
        _convert(draft, tables)


def downgrade() -> None:
    op.drop_table("draft_left")
    op.drop_table("draft_circle")
    op.drop_table("match_draft")
    op.drop_table("match_search")
    op.create_table(
        "match_draft",
        _to("cohort"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        _to("person", "created_by", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_fixed("match_draft", ("cohort_id", "cohort", "CASCADE"), ("created_by", "person", "SET NULL")),
        sa.UniqueConstraint("cohort_id", "revision", name=op.f("uq_match_draft_cohort_id_revision")),
    )
    op.execute("UPDATE cohort SET draft_revision = 0")
    op.drop_column("enrollment", "answers")
    for name in ("catch_up", "questions", "attributes", "objective"):
        op.drop_column("cohort", name)


def _to(table: str, column: str = "", *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(column or f"{table}_id", sa.Uuid(), nullable=nullable)


def _fixed(table: str, *targets: tuple[str, str, str]) -> list[sa.Constraint]:
    """A table's primary key and its foreign keys, as (column, table, on delete)."""
    keys: list[sa.Constraint] = [sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))]
    for column, target, ondelete in targets:
        name = op.f(f"fk_{table}_{column}_{target}")
        keys.append(sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete))
    return keys


def _searches() -> sa.Table:
    made = op.create_table(
        "match_search",
        _to("cohort"),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Double(), nullable=False),
        sa.Column("used", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("bound", sa.Double(), nullable=True),
        sa.Column("bound_kind", sa.String(length=16), nullable=True),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("circles", sa.Integer(), nullable=False),
        sa.Column("seating", sa.LargeBinary(), nullable=True),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        _to("person", "created_by", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_fixed("match_search", ("cohort_id", "cohort", "CASCADE"), ("created_by", "person", "SET NULL")),
    )
    op.create_index(op.f("ix_match_search_cohort_id"), "match_search", ["cohort_id"])
    op.create_index(op.f("ix_match_search_job_id"), "match_search", ["job_id"])
    return made


def _drafts() -> sa.Table:
    made = op.create_table(
        "match_draft",
        _to("cohort"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        _to("person", "created_by", nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_fixed(
            "match_draft",
            ("cohort_id", "cohort", "CASCADE"),
            ("search_id", "match_search", "CASCADE"),
            ("created_by", "person", "SET NULL"),
        ),
        sa.UniqueConstraint("cohort_id", "revision", name=op.f("uq_match_draft_cohort_id_revision")),
    )
    op.create_index(op.f("ix_match_draft_search_id"), "match_draft", ["search_id"])
    return made


def _standing() -> list[sa.Column[Any]]:
    return [
        sa.Column("search_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def _circles() -> sa.Table:
    made = op.create_table(
        "draft_circle",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("members", sa.JSON(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("moved", sa.Boolean(), nullable=False),
        sa.Column("look", sa.Boolean(), nullable=False),
        sa.Column("valid", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        *_standing(),
        *_fixed("draft_circle", ("search_id", "match_search", "CASCADE")),
    )
    op.create_index("ix_draft_circle_search_until", "draft_circle", ["search_id", "until"])
    return made


def _left() -> sa.Table:
    made = op.create_table(
        "draft_left",
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        *_standing(),
        *_fixed("draft_left", ("search_id", "match_search", "CASCADE")),
    )
    op.create_index("ix_draft_left_search_until", "draft_left", ["search_id", "until"])
    op.create_index(op.f("ix_draft_left_enrollment_id"), "draft_left", ["enrollment_id"])
    return made


def _present_drafts() -> list[dict[str, Any]]:
    """The draft that each cohort's board shows; what could be undone before is not kept."""
    rows = op.get_bind().execute(
        sa.text(
            "SELECT d.* FROM match_draft d JOIN cohort c ON c.id = d.cohort_id AND c.draft_revision = d.revision"
        ).columns(id=sa.Uuid(), cohort_id=sa.Uuid(), created_by=sa.Uuid(), created_at=sa.DateTime(timezone=True))
    )
    return [dict(row) for row in rows.mappings()]


def _convert(draft: dict[str, Any], tables: dict[str, sa.Table]) -> None:
    """Give one draft of the old shape its rows."""
    bind, search = op.get_bind(), uuid4()
    document = draft["document"]
    document = json.loads(document) if isinstance(document, str) else document
    circles, left = document["circles"], document["unplaced"]
    placed = sum(len(circle["members"]) for circle in circles)
    same = {"cohort_id": draft["cohort_id"], "created_by": draft["created_by"], "created_at": draft["created_at"]}
    found = {name: document.get(name) for name in ("score", "bound", "bound_kind")}
    counts = {"placed": placed, "people": placed + len(left), "circles": len(circles)}
    bind.execute(
        tables["search"].insert().values(
            id=search, job_id=None, seed=document.get("seed") or 1, asked=document.get("seconds") or 0,
            used=document.get("seconds") or 0, share=1.0, seating=None, first=[], stop_asked=False, cancel_asked=False,
            problems=document.get("problems") or [], saved_at=draft["created_at"], finished_at=draft["created_at"],
            **same, **found, **counts,
        )
    )  # fmt: skip
    sizes = [str(len(circle["members"])) for circle in circles]
    figures = {
        "circles": len(circles),
        "placed": placed,
        "unplaced": len(left),
        "look": sum(map(_look, circles)),
        "moved": sum(bool(circle.get("moved")) for circle in circles),
        "broken": sum(not (circle["valid"] and circle["slots"]) for circle in circles),
        "points": round(sum(len(circle["members"]) * circle["score"] for circle in circles), 4),
        "sizes": {size: sizes.count(size) for size in sizes},
    }
    bind.execute(
        tables["draft"].insert().values(
            id=draft["id"], revision=draft["revision"], action=draft["action"], search_id=search,
            score=document["score"], figures=figures, **same,
        )
    )  # fmt: skip
    rows = [_circle_row(circle, search) for circle in circles]
    people = [_left_row(entry, place, search) for place, entry in enumerate(left)]
    for table, values in ((tables["circle"], rows), (tables["left"], people)):
        if values:
            bind.execute(table.insert(), values)


def _look(circle: dict[str, Any]) -> bool:
    return bool(circle["score"] < LOW or any(remark["code"] not in MILD for remark in circle["remarks"]))


def _circle_row(circle: dict[str, Any], search: UUID) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "search_id": search,
        "since": 0,
        "until": None,
        "name": circle["name"],
        "members": circle["members"],
        "locked": bool(circle.get("locked")),
        "moved": bool(circle.get("moved")),
        "look": _look(circle),
        "valid": bool(circle["valid"] and circle["slots"]),
        "score": circle["score"],
        "detail": {name: circle[name] for name in CIRCLE_DETAIL if name in circle},
    }


def _left_row(entry: dict[str, Any], place: int, search: UUID) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "search_id": search,
        "since": 0,
        "until": None,
        "enrollment_id": UUID(entry["enrollment"]),
        "position": place,
        "code": entry["code"],
        "excluded": bool(entry.get("excluded")),
        "detail": {name: entry.get(name) for name in LEFT_DETAIL},
    }
