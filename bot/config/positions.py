"""Where each key of a TOML text stands: a map from path to line. tree-sitter reads, nothing is judged.

A path is a tuple of keys and list places, as one would walk the parsed data:
``("flow", 0, "question", 2, "type")``.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import tree_sitter
import tree_sitter_toml

Path = tuple[str | int, ...]

_SKIPPED: Final = frozenset({"comment", "[", "]", "[[", "]]", "{", "}", "=", ","})


@dataclass(frozen=True, slots=True)
class Positions:
    """Lines (from 1) of keys, tables and list items, and what was written twice."""

    lines: Mapping[Path, int]
    twice: tuple[tuple[Path, int, int], ...] = ()
    """Path, line of the first, line of the second."""


@dataclass(slots=True)
class _Walk:
    lines: dict[Path, int] = field(default_factory=dict)
    twice: list[tuple[Path, int, int]] = field(default_factory=list)
    lists: dict[Path, int] = field(default_factory=dict)
    """Arrays of tables and the place of their newest element."""
    open: set[Path] = field(default_factory=set)
    """Tables that have had a header of their own."""

    def set(self, path: Path, line: int) -> None:
        first = self.lines.get(path)
        if first is not None:
            self.twice.append((path, first, line))
        self.lines.setdefault(path, line)


@cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))


def positions(text: str) -> Positions:
    """The lines of everything in the text. Text that is no TOML gives what can be told of it."""
    walk = _Walk()
    readers = {"table": _table, "table_array_element": _element}
    root = _parser().parse(text.encode()).root_node
    _pairs(walk, (), root)
    for node in root.named_children:
        if node.type in readers:
            readers[node.type](walk, node)
    return Positions(walk.lines, tuple(walk.twice))


def _line(node: tree_sitter.Node) -> int:
    return node.start_point.row + 1


def _table(walk: _Walk, node: tree_sitter.Node) -> None:
    path, line = _header(walk, node)
    if path in walk.open:
        walk.twice.append((path, walk.lines[path], line))
    walk.open.add(path)
    walk.lines.setdefault(path, line)
    _pairs(walk, path, node)


def _element(walk: _Walk, node: tree_sitter.Node) -> None:
    path, line = _header(walk, node)
    place = walk.lists[path] = walk.lists.get(path, -1) + 1
    walk.lines.setdefault(path, line)
    walk.lines.setdefault((*path, place), line)
    _pairs(walk, (*path, place), node)


def _header(walk: _Walk, node: tree_sitter.Node) -> tuple[Path, int]:
    """The path of a header's table: inside an array of tables its newest element is meant."""
    keys = [key for child in node.named_children if child.type.endswith("_key") for key in _keys(child)]
    path: Path = ()
    for number, key in enumerate(keys):
        path = (*path, key)
        if path in walk.lists and number < len(keys) - 1:
            path = (*path, walk.lists[path])
    return path, _line(node)


def _pairs(walk: _Walk, path: Path, node: tree_sitter.Node) -> None:
    for child in node.named_children:
        if child.type == "pair":
            _pair(walk, path, child)


def _pair(walk: _Walk, path: Path, node: tree_sitter.Node) -> None:
    parts = [child for child in node.children if child.type not in _SKIPPED]
    for key in _keys(parts[0]):
        if path:
            walk.lines.setdefault(path, _line(node))
        path = (*path, key)
    walk.set(path, _line(node))
    _value(walk, path, parts[-1])


def _value(walk: _Walk, path: Path, node: tree_sitter.Node) -> None:
    if node.type == "inline_table":
        _pairs(walk, path, node)
    elif node.type == "array":
        items = [child for child in node.named_children if child.type != "comment"]
        for place, item in enumerate(items):
            walk.lines[*path, place] = _line(item)
            _value(walk, (*path, place), item)


def _keys(node: tree_sitter.Node) -> Iterator[str]:
    """The parts of a key, left to right. The grammar nests dotted keys to the left."""
    text = (node.text or b"").decode()
    match node.type:
        case "dotted_key":
            for child in node.named_children:
                yield from _keys(child)
        case "quoted_key" if "\\" in text:
            yield next(iter(_unescaped(text)), text)
        case "quoted_key":
            yield text[1:-1]
        case _:
            yield text


def _unescaped(quoted: str) -> dict[str, object]:
    try:
        return tomllib.loads(f"{quoted} = 0")
    except tomllib.TOMLDecodeError:
        return {}
