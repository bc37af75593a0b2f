"""How our types show themselves in a notebook: a title and a two-column table."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def card(title: str, facts: Mapping[str, object]) -> str:
    """HTML for a notebook cell; all text is escaped.

    >>> card("a<b", {"spikes": 3})
    '<table><caption>a&lt;b</caption><tr><th>spikes</th><td>3</td></tr></table>'
    """
    rows = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items())
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
