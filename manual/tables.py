"""Tables that pages ask for by a comment, `<!-- table: NAME -->`, so that none is copied by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from spikelens import rooms, spikes
from spikelens.kinds import terms
from spikelens.kinds.rule import KindRule, PatternRule

MEASURED = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_PLACE = re.compile(r"<!-- table: (\w+) -->")


def filled(markdown: str) -> str:
    """The page with its tables.

    Raises
    ------
    KeyError
        A comment asks for a table that nothing makes.
    """
    return _PLACE.sub(lambda found: TABLES[found[1]](), markdown)


def accuracy() -> str:
    """F1 of our detectors, pooled over each group of the benchmark's recordings."""
    header, rows = _measured("group", "adaptive")
    ours = [k for k, name in enumerate(header) if k == 0 or name in rooms.names("detectors")]
    return _table([header[k] for k in ours], ([_short(row[k]) for k in ours] for row in rows))


def speed() -> str:
    """Million samples per CPU second of our detectors and of the peers, on the same cells."""
    header, rows = _measured("F1 pooled (worst cell)")
    per_second = [row[-1] for row in rows]
    named = zip((row[0] for row in rows), per_second, strict=True)
    return _table(("method", header[-1]), sorted(named, key=lambda row: -float(row[1])))


def efel() -> str:
    """Our names for eFEL's."""
    return _aliases("efel", "eFEL")


def ipfx() -> str:
    """Our names for IPFX's."""
    return _aliases("ipfx", "IPFX")


def columns() -> str:
    """The columns of every table of spikes."""
    types = {"f8": "float64", "f4": "float32", "i8": "int64", "i4": "int32", "U": "text"}
    named = ((f"`{name}`", types[kind], unit) for name, (kind, unit) in spikes.REQUIRED.items())
    return _table(("column", "type", "unit"), named)


def feature_columns() -> str:
    """The columns that the default rule adds."""
    features = rooms.load("features", "spikelens").features
    where = "methods/features/spikelens.md"
    return _table(
        ("column", "unit", "meaning"),
        ((f"[`{f.name}`]({where}#{f.name})", f.unit, f.meaning) for f in features),
    )


def train_columns() -> str:
    """The columns of sweeps.csv that describe a train."""
    features = rooms.load("features", "train").features
    return _table(("column", "unit", "meaning"), ((f"`{f.name}`", f.unit, f.meaning) for f in features))


def kinds() -> str:
    """The words of the column `kind`, each with its rule."""
    return _terms(terms.KINDS)


def contexts() -> str:
    """The words of the column `context`."""
    return _terms(terms.CONTEXTS)


def onset_patterns() -> str:
    """How firing begins."""
    return _terms(terms.ONSETS)


def steady_patterns() -> str:
    """How it goes on."""
    return _terms(terms.STEADY)


def kind_settings() -> str:
    """The limits that the rules of kinds, contexts and patterns name."""
    declared = (*KindRule.schema(), *PatternRule.schema())
    rows = ((f"`{p.flag}`", _default(p.default), p.unit, p.help) for p in declared)
    return _table(("flag", "default", "unit", "meaning"), rows)


def _default(value: object) -> str:
    return "from the recording" if value is None else str(value)


def _terms(words: Iterable[terms.Term]) -> str:
    return _table(("word", "given when"), ((f"`{t.name}`", t.rule) for t in words))


_OF_KINDS = (kinds, contexts, onset_patterns, steady_patterns, kind_settings)
TABLES: dict[str, Callable[[], str]] = {
    made.__name__: made
    for made in (accuracy, speed, efel, ipfx, columns, feature_columns, train_columns, *_OF_KINDS)
}


def _aliases(field: str, package: str) -> str:
    """The names of another package, of features as the default rules define them."""
    known = [(rule, f) for rule in ("spikelens", "train") for f in rooms.load("features", rule).features]
    rows = (
        (f"`{theirs}`", f"[`{f.name}`](methods/features/{rule}.md#{f.name})", f.unit, f.meaning)
        for rule, f in known
        if (theirs := getattr(f, field))
    )
    return _table((package, "Spikelens", "unit", "meaning"), rows)


def _measured(*first: str) -> tuple[list[str], list[list[str]]]:
    """The first table of the benchmarks' page whose header begins with these words."""
    lines = MEASURED.read_text("utf-8").splitlines()
    starts = [k for k, line in enumerate(lines) if line.startswith(f"| {' | '.join(first)} |")]
    if not starts:
        raise KeyError(f"{MEASURED.name} has no table that begins with {first!r}")
    rows = []
    for line in lines[starts[0] :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip().strip("|").split("|")])
    return rows[0], rows[2:]


def _short(cell: str) -> str:
    """A figure without its interval; the worst file in brackets."""
    found = re.fullmatch(r"([\d.]+) \[.*\], worst ([\d.]+)", cell)
    return f"{found[1]} ({found[2]})" if found else cell


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_escaped(cell) for cell in line) + " |" for line in lines)


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")
