"""An XML element's children by name, which know what has been read, so that the rest is kept. No name of any format."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from connectors.kit.api import Native
from connectors.kit.xml_records import local_name

_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"


class Fields:
    """An element whose children are asked for by local name.

    Args:
        element: the element; None stands for one that is absent, and has nothing.
        path: where it stands in the record, for what is left over.
    """

    __slots__ = ("_asked", "_children", "_groups", "_kept", "_own", "_path", "_stray")

    def __init__(self, element: etree._Element | None, path: str = "") -> None:
        """Sort the children by name once."""
        self._path = path
        self._children: dict[str, list[etree._Element]] = {}
        self._asked: set[str] = set()
        self._kept: list[tuple[str, str]] = []
        self._groups: dict[str, list[Fields]] = {}
        self._stray: list[str] = []
        self._own = ""
        if element is None:
            return
        # Text between elements belongs to none of them; an element without children has text of its own.
        self._own = _text(element)
        children = self._children
        for child in element:
            tag = child.tag
            if isinstance(tag, str):
                name = _local(tag)
                if name in children:
                    children[name].append(child)
                else:
                    children[name] = [child]
            tail = child.tail
            if tail and (stray := tail.strip()):
                self._stray.append(stray)

    def text(self, name: str) -> str:
        """A child's text, '' if it is absent or empty; of several the first, and the others are left over."""
        found = self._children.get(name)
        if found is None:
            return ""
        first = found[0]
        if name not in self._asked:
            self._asked.add(name)
            if len(found) > 1 or len(first):
                self._keep_beside(found, name)
        return (first.text or "").strip()

    def texts(self, name: str) -> list[str]:
        """The texts of all children of a name that say something."""
        found = self._children.get(name, [])
        self._asked.add(name)
        return [text for child in found if (text := _text(child))]

    def group(self, name: str) -> Fields:
        """The first child of a name, as fields of its own (empty if it is absent)."""
        groups = self.groups(name)
        return groups[0] if groups else Fields(None)

    def groups(self, name: str) -> list[Fields]:
        """All children of a name, as fields of their own; what nobody asks of them is left over here."""
        if name not in self._children:
            return []
        if name not in self._groups:
            path = self._join(name)
            self._groups[name] = [Fields(child, path) for child in self._children[name]]
        return self._groups[name]

    def has(self, name: str) -> bool:
        """Whether there is such a child."""
        return name in self._children

    def keep(self, name: str) -> None:
        """Keep a child's text, which has no place or is no value of its kind."""
        for child in self._children.get(name, ())[:1]:
            if text := _text(child):
                self._kept.append((self._join(name), text))

    def keep_all(self) -> None:
        """Keep everything below, read or not."""
        for name, children in self._children.items():
            for child in children:
                self._kept += leaves(child, self._join(name))

    def note(self, name: str, text: str) -> None:
        """Keep a text of a child, or of the element itself, that has no place."""
        self._kept.append((self._join(name), text))

    def names(self) -> list[str]:
        """The children's names, sorted."""
        return sorted(self._children)

    def own_text(self) -> str:
        """The element's own text; asked for once, it is no longer left over."""
        own, self._own = self._own, ""
        return own

    def rest(self) -> list[tuple[str, str]]:
        """(path, text) of all that was kept or never asked for, in an order that is not the file's."""
        return sorted(set(self._rest()))

    def _rest(self) -> Iterator[tuple[str, str]]:
        yield from self._kept
        yield from ((self._path or "text", text) for text in (self._own, *self._stray) if text)
        for name, children in self._children.items():
            if name not in self._asked and name not in self._groups:
                for child in children:
                    yield from leaves(child, self._join(name))
        for groups in self._groups.values():
            for group in groups:
                yield from group._rest()  # noqa: SLF001 - of its own kind

    def _join(self, name: str) -> str:
        return f"{self._path}/{name}" if self._path else name

    def _keep_beside(self, found: list[etree._Element], name: str) -> None:
        """What a child has below its text, and further children of its name."""
        path = self._join(name)
        for child in found[0]:
            if isinstance(child.tag, str):
                self._kept += leaves(child, f"{path}/{_local(child.tag)}")
        for further in found[1:]:
            self._kept += leaves(further, path)


@lru_cache(maxsize=4096)
def _local(tag: str) -> str:
    """Formats have some hundred names, and each stands in a file a million times."""
    return local_name(tag)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


def leaves(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of an element and all below it that say something, text between elements included."""
    if text := _text(element):
        yield path, text
    for child in element:
        if isinstance(child.tag, str):
            yield from leaves(child, f"{path}/{_local(child.tag)}")
        if child.tail and child.tail.strip():
            yield path, child.tail.strip()


def attributes(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """(path@name, text) of attributes of an element and all below it, but those that are about the schema."""
    for name, text in element.items():
        if isinstance(name, str) and isinstance(text, str) and text and not name.startswith(_SCHEMA):
            yield f"{path}@{name}", text
    for child in element:
        if isinstance(child.tag, str):
            yield from attributes(child, f"{path}/{_local(child.tag)}" if path else _local(child.tag))


def attributes_of(native: Native) -> list[tuple[str, str]]:
    """The same of a native record. Nearly none has any, which its bytes tell at once."""
    return list(attributes(native.value.element)) if b"=" in native.raw else []
