"""Sentences of the project's errors on a page, shown letter by letter."""

import re

import streamlit as st

# What Streamlit's Markdown reads as more than a letter: emphasis, code, links, images, HTML,
# formulas, headings, tables, and colours as in ":red[...]".
_SPECIAL = re.compile(r"[\\`*_\[\]<>~$|&#!]|:(?=\w)")


def plain(text: str) -> str:
    """Escape a text that Markdown must not read, such as one with a value from outside.

    What is no letter in any encoding, as in a file name that an older system wrote, becomes "?".
    """
    return _SPECIAL.sub(r"\\\g<0>", text.encode(errors="replace").decode())


def show_error(error: Exception | str) -> None:
    """Show what went wrong."""
    st.error(plain(str(error)), icon="⚠️")


def show_warning(error: Exception | str) -> None:
    """Show what is to be changed or to be known."""
    st.warning(plain(str(error)), icon="⚠️")
