"""The recipes for other systems: well-formed, marked as not run, and calling what there is."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.manual.pages import ROOT

RECIPES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.name)
def test_a_recipe_calls_what_there_is_and_says_that_it_was_not_run(path):
    text = path.read_text("utf-8")
    assert "NOT RUN YET" in text.partition("\nname:")[0]
    jobs = yaml.safe_load(text)["jobs"]
    ran = "\n".join(step["run"] for job in jobs.values() for step in job["steps"] if "run" in step)
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make (\w+)", ran, re.MULTILINE)) <= targets
    assert all((ROOT / script).exists() for script in re.findall(r"python (scripts/\w+)", ran))


def test_windows_and_macos_are_there():
    told = "\n".join(path.read_text("utf-8") for path in RECIPES)
    assert "windows-latest" in told and "macos-latest" in told
