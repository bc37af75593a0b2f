"""What pages say of what their code prints and makes, beside that it runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.manual.pages import PAGES, code

Names = dict[str, Any]
Claim = Callable[[Names, str, Path], None]


def readme(names: Names, told: str, folder: Path) -> None:
    assert len(names["spikes"]) == len(names["table"]) == 117
    assert names["axes"].lines


def steps(names: Names, told: str, folder: Path) -> None:
    assert told == "50 pA, 34.4 ms\n"
    page = PAGES["docs/steps.md"].read_text("utf-8")
    assert "rheobase 50 pA" in page and "34.4 ms" in page


def kinds(names: Names, told: str, folder: Path) -> None:
    assert told.splitlines()[0] == "{'full': 117} {'single': 117}"
    assert told.splitlines()[1] == "continuous adapting at 3 times rheobase"


def responses(names: Names, told: str, folder: Path) -> None:
    assert "trials of 45 conditions" in told
    assert re.search(r"response +excited", told)
    measures = {k: float(v) for k, v in re.findall(r"^(\w+) +([\d.e+]+)$", told, flags=re.MULTILINE)}
    assert 6000 < measures["best"] < 11_500 and 6500 < measures["centre"] < 10_000
    assert measures["threshold"] in (35.0, 50.0, 65.0) and 33 < measures["half_level"] < 55
    assert {"raster.png", "map.png", "latency.png"} <= {p.name for p in folder.iterdir()}


def study(names: Names, told: str, folder: Path) -> None:
    assert len(code("docs/tutorials/study-2017.md")[0].strip().splitlines()) <= 11
    said = told.splitlines()
    assert "'f1'" in said[0]
    assert float(said[1]) > 0.9
    here, there = map(float, re.findall(r"F1 (\S+), 12 mV higher (\S+)", said[2])[0])
    assert there < here - 0.2
    here, there = map(float, re.findall(r"F1 (\S+), 12 mV higher (\S+)", said[3])[0])
    assert abs(here - there) < 0.02
    found, true = map(int, re.findall(r"\d+", said[4]))
    assert abs(found - true) < 0.1 * true
    assert names["axes"].lines


def believing(names: Names, told: str, folder: Path) -> None:
    (found, doubtful) = map(int, re.findall(r"(\d+) spikes, (\d+) of them doubtful", told)[0])
    assert found > 50 and 0 < doubtful < 10
    shares = dict(names["judgement"].found_again)
    assert max(shares) < 0.015 and min(shares.values()) < 0.5 < 0.9 < max(shares.values())


def choosing(names: Names, told: str, folder: Path) -> None:
    f1 = {name: float(value) for name, value in re.findall(r"^(\w+) ([\d.]+)$", told, flags=re.MULTILINE)}
    assert f1["adaptive"] > 0.95 and f1["adaptive"] > f1["prominence"] > f1["level"]


def conditions(names: Names, told: str, folder: Path) -> None:
    assert [line.split()[0] for line in told.splitlines()] == ["control", "drug"]


def adaptive(names: Names, told: str, folder: Path) -> None:
    assert (folder / "cell.spikemodel").exists()
    assert 50 < len(names["spikes"]) < 70


def start(names: Names, told: str, folder: Path) -> None:
    assert "threshold_v" in told
    assert (folder / "trace.png").stat().st_size > 5000


def scaling(names: Names, told: str, folder: Path) -> None:
    assert len(set(names["spikes"]["channel_index"])) > 3


CLAIMS: dict[str, Claim] = {
    "README.md": readme,
    "docs/adaptive.md": adaptive,
    "docs/believing.md": believing,
    "docs/choosing.md": choosing,
    "docs/conditions.md": conditions,
    "docs/kinds.md": kinds,
    "docs/responses.md": responses,
    "docs/scaling.md": scaling,
    "docs/start.md": start,
    "docs/steps.md": steps,
    "docs/tutorials/study-2017.md": study,
}
