"""Looking into JSON objects that somebody else made: what is missing or of another shape is empty. Pure."""

from collections.abc import Mapping
from typing import Any

Raw = Mapping[str, Any]


def text(node: object, *path: str) -> str:
    """Return the string at this path of keys, or an empty one."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


def inner(node: object, *path: str) -> Raw:
    """Return the object at this path of keys, or an empty one."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def objects(nodes: object) -> list[Raw]:
    """Return the objects in a list, or in the values of an object."""
    if isinstance(nodes, dict):
        nodes = list(nodes.values())
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def first(nodes: object) -> Raw:
    """Return the first object of a list, or an empty one."""
    found = objects(nodes)
    return found[0] if found else {}
