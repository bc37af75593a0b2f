"""The page on adding a detector: its file is dropped into a copy of the package, and lives up to the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manual.pages import ROOT, code, files

PAGE = "docs/add-a-detector.md"
FILE = "src/spikelens/detectors/climb.py"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and the contract's tests, with the page's detector dropped in."""
    folder = tmp_path_factory.mktemp("copy")
    # With times of change, so that compiled kernels are taken along.
    shutil.copytree(ROOT / "src", folder / "src")
    shutil.copytree(ROOT / "tests" / "detectors", folder / "tests" / "detectors")
    for name in ("tests/conftest.py", "tests/data.py", "tests/__init__.py", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / FILE).write_text(files(PAGE)[FILE], "utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(folder / "src")}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_pages_code_finds_the_spikes_with_it(copy: Path) -> None:
    (block,) = code(PAGE)
    assert "F1 " in run(copy, "-c", block)


def test_the_command_line_knows_it_and_its_parameters(copy: Path) -> None:
    assert "climb: Peaks that the trace climbs to" in run(copy, "-m", "spikelens", "methods", "detectors")
    told = run(copy, "-m", "spikelens", "find", "cell.abf", "--method", "climb", "--help")
    assert "--within s" in told and "Least climb to a spike's peak." in told


def test_it_keeps_the_contract_of_all_detectors(copy: Path) -> None:
    told = run(
        copy,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/detectors/test_contract.py",
        "-k",
        "climb",
    )
    assert int(told.rpartition(" passed")[0].split()[-1]) >= 15


def test_another_package_brings_it_in_by_an_entry_point(tmp_path: Path) -> None:
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "climb.py").write_text(files(PAGE)[FILE], "utf-8")
    facts = tmp_path / "my_package-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: my_package\nVersion: 1\n")
    table, _, entry = files(PAGE)["pyproject.toml"].strip().partition("\n")
    assert table == '[project.entry-points."spikelens.detectors"]'
    (facts / "entry_points.txt").write_text(f"[spikelens.detectors]\n{entry.replace(chr(34), '')}\n")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(tmp_path)])}
    told = subprocess.check_output(
        [sys.executable, "-c", "from spikelens import rooms; print(rooms.load('detectors', 'climb'))"],
        env=environment,
        cwd=tmp_path,
        text=True,
    )
    assert "my_package.climb.Climb" in told
