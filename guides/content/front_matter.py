"""Strict reading of a page's front matter: every value knows its line, every wrong one becomes a Problem."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from yaml.events import AliasEvent, NodeEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from guides.content.values import Problem

MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class _Refused(Exception):
    """Sound YAML that a guide may not use, at a line counted from 0."""

    def __init__(self, message: str, event: NodeEvent) -> None:
        super().__init__(message)
        self.message = message
        self.line = event.start_mark.line if event.start_mark else 0


class _Loader(yaml.SafeLoader):
    """Composes nodes only; refuses what a guide never needs and what makes small files large."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        event: NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent) or event.anchor is not None:
            raise _Refused("anchors (&) and aliases (*) are not used here", event)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Refused("lists are nested too deeply", event)
        node: Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass
class Source:
    """One file while it is read: its name as shown, and what is wrong with it so far."""

    path: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str, **params: str | int) -> None:
        """Note a problem; `message` is a message id."""
        self.problems.append(Problem(self.path, line, message, tuple(sorted(params.items()))))


@dataclass(frozen=True)
class Page:
    """A file taken apart: its front matter and the normalized Markdown below."""

    fields: Fields
    body: str
    body_line: int


def read_page(source: Source, data: bytes) -> Page | None:
    """Take a file apart, or note why it cannot be."""
    text = _decoded(source, data)
    if text is None:
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines[0].rstrip() != "---":
        source.add(1, "the file must begin with a line of three dashes")
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        source.add(1, "no line of three dashes ends the front matter")
        return None
    # The empty first line keeps the line numbers of the file.
    node = _composed(source, "\n".join(["", *lines[1:end], ""]))
    if node is None:
        return None
    return Page(Fields(source, node), normalized(lines[end + 1 :]), end + 2)


def normalized(lines: list[str]) -> str:
    """Markdown with no spaces at line ends, no double blank lines, nothing blank at either end."""
    kept: list[str] = []
    for line in (line.rstrip() for line in lines):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")


def _decoded(source: Source, data: bytes) -> str | None:
    if len(data) > MAX_BYTES:
        source.add(1, "the file is larger than %(limit)d KB", limit=MAX_BYTES // 1024)
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source.add(data.count(b"\n", 0, error.start) + 1, "the file is not UTF-8 text")
        return None
    if not text.strip():
        source.add(1, "the file is empty")
        return None
    return text


def _composed(source: Source, text: str) -> MappingNode | None:
    try:
        node = _Loader(text).get_single_node()
    except _Refused as error:
        source.add(error.line + 1, error.message)
        return None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        source.add(line, "a character that text cannot hold")
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = min(mark.line + 1, text.count("\n") + 1) if mark else 1
        hint = " (put a text with a colon in quotes)" if "mapping values" in str(error.problem) else ""
        source.add(line, "cannot be read as YAML: %(problem)s" + hint, problem=str(error.problem))
        return None
    if not isinstance(node, MappingNode):
        source.add(2, "the front matter must be a list of keys with values")
        return None
    return node


class Fields:
    """The keys of one YAML mapping, each read once; what is never read is an unknown key."""

    def __init__(self, source: Source, node: MappingNode, where: str = "") -> None:
        self.source = source
        self.line = line_of(node)
        self.where = f" in {where}" if where else ""
        self._nodes: dict[str, Node] = {}
        self._lines: dict[str, int] = {}
        self._left: dict[str, int] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else ""
            if name in self._nodes:
                source.add(line_of(key), "%(key)s is given twice" + self.where, key=name)
                continue
            self._nodes[name] = value
            self._lines[name] = self._left[name] = line_of(key)

    def __contains__(self, key: str) -> bool:
        return key in self._nodes

    def line_of(self, key: str) -> int:
        """The line of a key, or of the mapping where it is missing."""
        return self._lines.get(key, self.line)

    def close(self) -> None:
        """Note every key that nobody has read."""
        for key, line in self._left.items():
            self.source.add(line, "unknown key %(key)s" + self.where, key=key)

    def take(self, key: str, *, required: bool = True) -> Node | None:
        """The node of a key; a missing required one is a problem."""
        self._left.pop(key, None)
        node = self._nodes.get(key)
        if node is None and required:
            self.source.add(self.line, "%(key)s is missing" + self.where, key=key)
        return node

    def text(self, key: str, limit: int, *, required: bool = True) -> str:
        """One line of text; line breaks in the file become spaces. Empty where it is missing or wrong."""
        return " ".join(self._scalar(key, limit, required).split())

    def paragraphs(self, key: str, limit: int) -> tuple[str, ...]:
        """One or more paragraphs, parted by blank lines."""
        value = self._scalar(key, limit, required=True)
        node = self._nodes.get(key)
        # A folded or plain text has its blank lines turned into single breaks by YAML; a literal one keeps both.
        literal = isinstance(node, ScalarNode) and node.style == "|"
        parts = re.split(r"\n\s*\n", value) if literal else value.split("\n")
        return tuple(" ".join(part.split()) for part in parts if part.strip())

    def number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within limits, or None with a problem noted."""
        node = self.take(key)
        if node is None:
            return None
        if isinstance(node, ScalarNode) and node.tag.endswith(":int") and re.fullmatch(r"\d{1,6}", node.value):
            value = int(node.value)
            if least <= value <= most:
                return value
        message = "%(key)s must be a whole number from %(least)d to %(most)d"
        self.source.add(line_of(node), message, key=key, least=least, most=most)
        return None

    def seconds(self, key: str) -> int | None:
        """A number of minutes in halves (2, 1.5), as seconds."""
        node = self.take(key)
        if node is None:
            return None
        if isinstance(node, ScalarNode) and re.fullmatch(r"\d{1,2}(\.[05])?", node.value) and float(node.value) > 0:
            return round(float(node.value) * 60)
        self.source.add(line_of(node), "%(key)s must be minutes in halves, such as 2 or 1.5", key=key)
        return None

    def ident(self, key: str, limit: int, fallback: str) -> str:
        """A short name of small letters, digits and hyphens; made from `fallback` where the key is not there."""
        if key not in self._nodes:
            return made_id(fallback, limit)
        value = self.text(key, limit)
        if value and not _ID.fullmatch(value):
            self.source.add(self.line_of(key), "%(key)s may hold small letters, digits and hyphens only", key=key)
        return value

    def entries(self, key: str, where: str, most: int, *, required: bool = True) -> list[Fields]:
        """A list of mappings."""
        found: list[Fields] = []
        for node in self._sequence(key, most, required):
            if isinstance(node, MappingNode):
                found.append(Fields(self.source, node, where))
            else:
                self.source.add(line_of(node), "%(key)s must be a list of keys with values", key=key)
        return found

    def numbers(self, key: str, least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers, each larger than the one before; empty where it is not there."""
        values: list[int] = []
        for node in self._sequence(key, 12, required=False):
            text = node.value if isinstance(node, ScalarNode) else ""
            value = int(text) if re.fullmatch(r"\d{1,6}", text) else -1
            if not least <= value <= most or (values and value <= values[-1]):
                message = "%(key)s must be growing whole numbers from %(least)d to %(most)d"
                self.source.add(line_of(node), message, key=key, least=least, most=most)
                return ()
            values.append(value)
        return tuple(values)

    def child(self, key: str) -> Fields | None:
        """The mapping below a key."""
        node = self.take(key)
        if node is None:
            return None
        if not isinstance(node, MappingNode):
            self.source.add(line_of(node), "%(key)s must be a list of keys with values", key=key)
            return None
        return Fields(self.source, node, key)

    def _sequence(self, key: str, most: int, required: bool) -> list[Node]:
        node = self.take(key, required=required)
        if node is None:
            return []
        if not isinstance(node, SequenceNode) or not node.value:
            self.source.add(self.line_of(key), "%(key)s must be a list with at least one entry", key=key)
            return []
        if len(node.value) > most:
            self.source.add(self.line_of(key), "%(key)s has more than %(most)d entries", key=key, most=most)
            return []
        return list(node.value)

    def _scalar(self, key: str, limit: int, required: bool) -> str:
        node = self.take(key, required=required)
        if node is None:
            return ""
        if not isinstance(node, ScalarNode) or not node.tag.endswith(":str"):
            if isinstance(node, ScalarNode) and not node.value.strip():
                self.source.add(self.line_of(key), "%(key)s is empty" + self.where, key=key)
            else:
                self.source.add(line_of(node), "%(key)s must be text; put it in quotes" + self.where, key=key)
            return ""
        value = str(node.value)
        if not value.strip():
            self.source.add(self.line_of(key), "%(key)s is empty" + self.where, key=key)
        elif len(value) > limit:
            message = "%(key)s has %(length)d characters; %(limit)d is the most" + self.where
            self.source.add(self.line_of(key), message, key=key, length=len(value), limit=limit)
        return value


def line_of(node: Node) -> int:
    """The line of the file on which a node begins."""
    return int(node.start_mark.line) + 1


def made_id(text: str, limit: int) -> str:
    """A short name made from a text: "Read this page" -> read-this-page."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))[:limit].strip("-")
