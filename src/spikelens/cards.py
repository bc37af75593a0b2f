"""How our types show themselves in a notebook: a title and a two-column table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


def framed(page: str, height: int = 640) -> str:
    """A whole page in a frame of its own, so that its style and the notebook's leave each other alone.

    >>> framed("<p>a</p>", 100)
    '<iframe srcdoc="&lt;p&gt;a&lt;/p&gt;" sandbox="" width="100%" height="100" style="border:0"></iframe>'
    """
    held = escape(page, quote=True)
    return f'<iframe srcdoc="{held}" sandbox="" width="100%" height="{height}" style="border:0"></iframe>'


def rows_card(title: str, rows: Sequence[Mapping[str, object]], most: int = 12) -> str:
    """HTML of a table's first rows; numbers with four digits, all text escaped.

    >>> rows_card("Cells", [{"rate": 1.23456}])
    '<table><caption>Cells (1)</caption><tr><th>rate</th></tr><tr><td>1.235</td></tr></table>'
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(str(name))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_short(row.get(name)))}</td>" for name in names) + "</tr>"
        for row in rows[:most]
    )
    return f"<table><caption>{escape(title)} ({len(rows)})</caption><tr>{head}</tr>{body}</table>"


def _short(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def card(title: str, facts: Mapping[str, object]) -> str:
    """HTML for a notebook cell; all text is escaped.

    >>> card("a<b", {"spikes": 3})
    '<table><caption>a&lt;b</caption><tr><th>spikes</th><td>3</td></tr></table>'
    """
    rows = "".join(f"<tr><th>{escape(str(k))}</th><td>{escape(str(v))}</td></tr>" for k, v in facts.items())
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
