"""What a built page shows a reader: Markdown marks that were left as they are, and how many blocks of code it has."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from markdown_it import MarkdownIt

VERBATIM = {"code", "pre", "script", "style", "textarea"}
# Marks that Markdown should have turned into something else; a list's only after a line break.
LEFT_OVER = re.compile(r"`|\*\*|\]\(|\n\s*(?:[-*]|\d+\.) |^\s*(?:\||#{1,6} |:::|!!!|~~~)", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    blocks: int
    marks: tuple[str, ...]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.inside, self.blocks, self.text, self.article = [], 0, [], 0

    def handle_starttag(self, tag, attrs):  # noqa: ARG002  # html.parser hands it over
        if tag == "article":
            self.article += 1
        if tag in VERBATIM:
            self.inside.append(tag)
            self.blocks += tag == "pre" and bool(self.article)
        elif tag == "br":
            self.text.append("\n")
        elif tag not in {"a", "b", "em", "i", "strong", "span", "sub", "sup"}:
            self.text.append("\0")

    def handle_endtag(self, tag):
        if tag == "article":
            self.article -= 1
        if tag in VERBATIM and tag in self.inside:
            self.inside.remove(tag)
            self.text.append("\1")

    def handle_data(self, data):
        if self.article and not self.inside:
            self.text.append(data)


def read_page(html):
    """Read the page's article: its blocks of code, and each place where a Markdown mark is shown."""
    reader = _Reader()
    reader.feed(html)
    blocks = "".join(reader.text).split("\0")
    found = [
        block[max(0, hit.start() - 30) : hit.end() + 40]
        for block in blocks
        for hit in LEFT_OVER.finditer(block)
    ]
    return Page(reader.blocks, tuple(found))


def count_blocks(markdown):
    """Count the blocks of code that CommonMark, and so GitHub, sees in a page."""
    return sum(token.type in {"fence", "code_block"} for token in MarkdownIt("commonmark").parse(markdown))
