"""A page as a tree that tests can ask, read by a parser that forgives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path


class Node:
    """An element, its attributes and what is in it."""

    def __init__(self, name: str, attributes: dict[str, str | None]) -> None:
        self.name, self.attributes = name, attributes
        self.children: list[Node | str] = []

    def all(self, name: str, look: str | None = None) -> list[Node]:
        found = [one for one in self.inside() if one.name == name]
        return [one for one in found if look is None or look in one.looks]

    def inside(self) -> Iterator[Node]:
        for one in self.children:
            if isinstance(one, Node):
                yield one
                yield from one.inside()

    @property
    def looks(self) -> list[str]:
        return (self.attributes.get("class") or "").split()

    @property
    def text(self) -> str:
        """What is read outside of pictures, white space made single."""
        return " ".join("".join(self.words()).split())

    def words(self) -> Iterator[str]:
        for one in self.children:
            if isinstance(one, str):
                yield one
            elif one.name != "svg":
                yield from one.words()

    @property
    def grid(self) -> list[list[str]]:
        """The texts of a table."""
        return [[cell.text for cell in row.all("th") + row.all("td")] for row in self.all("tr")]


class Tree(HTMLParser):
    """Reads a page, and fails where a tag is left open or closed without being open."""

    EMPTY = frozenset(("meta", "br", "hr", "img", "input", "link"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open = [Node("", {})]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, f"left open: {[one.name for one in self.open]}"
        self.root = self.open[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({key for key, _ in attrs}) == len(attrs), f"<{tag}> repeats an attribute"
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in self.EMPTY:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> inside <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read_page(path: Path) -> Node:
    return Tree(path.read_text(encoding="utf-8")).root


def table(page: Node, title: str) -> Node:
    (found,) = [one for one in page.all("table") if one.all("strong")[0].text == title]
    return found
