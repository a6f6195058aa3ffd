"""Sentences that name fields as people know them: by the titles of their widgets."""

import re

from covnets.config.table import Table


def with_titles(text: str, *tables: Table) -> str:
    """Name the fields of a sentence as their widgets do: "num_stages=5" is "Stages = 5".

    Without an equals sign a name is replaced only where it is no ordinary word, as "filters" is.
    """
    titles = {
        name: field.title
        for table in tables
        for name, field in type(table).model_fields.items()
        if field.title
    }

    def spoken(match: re.Match[str]) -> str:
        title = titles.get(match[1])
        if title is None or not (match[2] or "_" in match[1]):
            return match[0]
        return f"{title} = " if match[2] else title

    return re.sub(r"\b(\w+)(=?)", spoken, text)
