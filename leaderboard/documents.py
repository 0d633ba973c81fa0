"""The repository's documents as pages of the site: README, CONTRIBUTING and what is in docs/.

Here: reading Markdown, its links as the site's, what a search looks through. Not here: the frame
of a page (templates/document.html), writing files (leaderboard.build).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from leaderboard.scripts import holding

ROOT = Path(__file__).resolve().parents[1]

ORDER = (
    *("README", "CONTRIBUTING", "statistics", "methods", "tasks", "results"),
    *("supernet", "selection", "apply", "data", "data-format", "write-a-suite", "command-line"),
    *("meter", "what-reruns", "crosscheck", "walls", "machines", "cluster"),
)
"""The documents that come first; others follow by name."""

COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
EXTERNAL = re.compile(r"[a-z]+:")


@dataclass(frozen=True)
class Section:
    """What stands under one heading.

    Attributes:
        anchor: the heading's id on its page.
        level: 1 to 6.
        title, text: without markup.
    """

    anchor: str
    level: int
    title: str
    text: str


@dataclass(frozen=True)
class Document:
    """One document.

    Attributes:
        name: of its page, without an ending.
        html: its contents; nothing in it is from outside the repository.
        sections: in order; the first one's title is the document's.
        pictures: files that it shows, to lie beside its page.
    """

    name: str
    html: str
    sections: tuple[Section, ...]
    pictures: tuple[Path, ...]

    @property
    def title(self) -> str:
        """Its first heading, where it starts with one; else its name."""
        first = self.sections[0] if self.sections else None
        return (
            first.title if first and first.level == 1 else self.name.replace("-", " ").capitalize()
        )


def documents(root: Path = ROOT) -> tuple[Document, ...]:
    """Every document of a checkout; none where there is no README."""
    files = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]
    files = [file for file in files if file.is_file()]
    if not files or files[0].name != "README.md":
        return ()
    pages = {file.resolve(): page_name(file) for file in files}
    found = [_document(file, pages) for file in files]
    place = {name.lower() if i else "index": i for i, name in enumerate(ORDER)}
    return tuple(sorted(found, key=lambda one: (place.get(one.name, len(place)), one.name)))


def page_name(file: Path) -> str:
    """`index` of the README, else the file's name in small letters."""
    return "index" if file.name == "README.md" else file.stem.lower()


def search_script(found: Sequence[Document]) -> str:
    """A script that holds every section, for the search on documents' pages."""
    sections = [
        {"page": one.name, "anchor": s.anchor, "title": s.title, "of": one.title, "text": s.text}
        for one in found
        for s in one.sections
    ]
    return holding("sections", sections)


def _document(file: Path, pages: dict[Path, str]) -> Document:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(COMMENT.sub("", file.read_text(encoding="utf-8")))
    sections = tuple(_sections(tokens))
    pictures: list[Path] = []
    for token in tokens:
        tag = "a"
        for child in token.children or ():
            _point(child, file, pages, pictures)
            if child.type == "link_open":
                tag = child.tag
            elif child.type == "link_close":
                child.tag = tag
    _mark_headings(tokens, sections)
    html = markdown.renderer.render(_framed(tokens), markdown.options, {})
    return Document(page_name(file), html, sections, tuple(pictures))


def _point(token: Token, file: Path, pages: dict[Path, str], pictures: list[Path]) -> None:
    """Turn a link or a picture of the repository into one of the site.

    A file that has no page is named, without a link.
    """
    if token.type == "image":
        picture = (file.parent / str(token.attrs["src"])).resolve()
        pictures.append(picture)
        token.attrs["src"] = picture.name
    elif token.type == "link_open":
        path, _, anchor = str(token.attrs["href"]).partition("#")
        if EXTERNAL.match(path) or not path:
            return
        page = pages.get((file.parent / path).resolve())
        if page is None:
            token.tag, token.attrs = "span", {}
        else:
            token.attrs["href"] = f"{page}.html" + (f"#{anchor}" if anchor else "")


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    """The headings with the text below each, anchors as GitHub makes them."""
    used: dict[str, int] = {}
    heads = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in zip(heads, [*heads[1:], len(tokens)], strict=False):
        title = _text(tokens[start + 1])
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        count = used[slug] = used.get(slug, -1) + 1
        below = " ".join(_text(token) for token in tokens[start + 3 : end])
        anchor = f"{slug}-{count}" if count else slug
        yield Section(anchor, int(tokens[start].tag[1]), title, " ".join(below.split()))


def _text(token: Token) -> str:
    if token.type == "inline":
        words = (c.content if c.type != "softbreak" else " " for c in token.children or ())
        return "".join(words)
    return token.content if token.type in ("fence", "code_block") else ""


def _mark_headings(tokens: Sequence[Token], sections: Sequence[Section]) -> None:
    headings = (token for token in tokens if token.type == "heading_open")
    for token, section in zip(headings, sections, strict=True):
        token.attrs["id"] = section.anchor


def _framed(tokens: Sequence[Token]) -> list[Token]:
    """Tables that scroll, figures to the right by a class: the site's policy bars styles."""
    framed: list[Token] = []
    for token in tokens:
        if token.type in ("th_open", "td_open"):
            style = str(token.attrs.pop("style", ""))
            if "right" in style:
                token.attrs["class"] = "n"
        if token.type == "table_open":
            framed.append(_raw('<div class="scroll" tabindex="0">\n'))
            token.attrs["class"] = "plain"
        framed.append(token)
        if token.type == "table_close":
            framed.append(_raw("</div>\n"))
    return framed


def _raw(text: str) -> Token:
    """Markup of our own between what Markdown made."""
    token = Token("html_block", "", 0)
    token.content = text
    return token
