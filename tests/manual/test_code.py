"""Every block of Python in the manual runs as it is printed, from the top of its page to the bottom."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.data import recording_file
from tests.manual.claims import CLAIMS
from tests.manual.materials import write_materials
from tests.manual.pages import PAGES, code, files

CELLS = {"README.md": "pyabf/171116sh_0018.abf", "docs/steps.md": "pyabf/171116sh_0018.abf"}
CELLS["docs/kinds.md"] = CELLS["docs/steps.md"]
"""Pages that speak of a real cell."""
WITH_CODE = [page for page in PAGES if code(page) and not files(page)]


@pytest.fixture(scope="module")
def materials(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("materials")
    write_materials(folder)
    return folder


@pytest.mark.parametrize("page", WITH_CODE)
def test_it_runs(
    page: str,
    materials: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(materials, tmp_path, dirs_exist_ok=True)
    if page in CELLS:
        shutil.copy(recording_file(CELLS[page]), tmp_path / "cell.abf")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    names: dict[str, Any] = {}
    for block in code(page):
        exec(compile(block, page, "exec"), names)
    if page in CLAIMS:
        CLAIMS[page](names, capsys.readouterr().out, tmp_path)


def test_what_is_claimed_is_of_pages_that_are_there() -> None:
    assert set(CLAIMS) | set(CELLS) <= set(WITH_CODE)
