"""Tables in Markdown, for the pages of docs/ that scripts write."""

from collections.abc import Iterable, Iterator


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table, a line a row, and an empty line after it."""

    def lines() -> Iterator[str]:
        for row in (headings, ("---",) * len(headings), *rows):
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"

    return "\n".join(lines()) + "\n"
