"""The book as a function: of spikes that were found, corrected, or given by someone else."""

from pathlib import Path

import numpy as np
import pytest

import spikelens
from spikelens.conditions.epochs import Epoch
from spikelens.errors import OutputExists
from spikelens.profiles import Beside
from spikelens.responses.plan import Plan
from spikelens.runs.steps import spikes_at
from tests.factory import make_trace

RATE = 5000.0
TONES = np.arange(0.25, 12, 0.5)


@pytest.fixture(scope="module")
def recording() -> spikelens.Recording:
    """Twelve seconds with a spike 20 ms after each of 24 tones."""
    trace = make_trace(round(12 * RATE), RATE, np.round((TONES + 0.02) * RATE).astype(int))
    return spikelens.Recording.from_array(trace, RATE, name="toned")


@pytest.fixture(scope="module")
def book(recording: spikelens.Recording) -> "spikelens.book.making.Book":
    spikes = spikelens.find(recording, "prominence")
    beside = Beside(events={"start": TONES}, plan=Plan())
    return spikelens.make_book(
        recording, spikes, beside=beside, epochs=[Epoch("control", 0, 6), Epoch("drug", 6, 12)]
    )


def test_it_holds_the_pages_that_fit_and_why_others_do_not(book: "spikelens.book.making.Book") -> None:
    assert list(book.pages) == ["kinds", "responses", "membrane", "quality", "conditions"]
    assert "what current was injected" in book.missing["steps"]
    assert [row["spikes"] for row in book.pages["conditions"].tables["conditions"]] == [12, 12]
    assert "pages: kinds, responses" in repr(book)
    assert "Not measured, and why" in book._repr_html_()


def test_it_writes_the_folder_of_the_command_once(tmp_path: Path) -> None:
    short = spikelens.Recording.from_array(make_trace(6000, RATE, np.array([2000, 4000])), RATE, name="short")
    book = spikelens.make_book(short, spikelens.find(short, "prominence"))
    record = book.write(tmp_path / "book")
    assert list(record["pages"]) == list(book.pages) == ["kinds", "membrane", "quality"]
    assert {p.parent.name for p in (tmp_path / "book").glob("*/run.json")} == {"spikes", *book.pages}
    assert book.write(tmp_path / "book")["already_done"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(OutputExists):
        book.write(tmp_path / "other")


def test_times_that_someone_gave_have_a_book_that_says_so(recording: spikelens.Recording) -> None:
    given = spikes_at(recording, TONES[:5] + 0.02, 1)
    book = spikelens.make_book(recording, given)
    first = book.first_page()
    assert first.facts["n_spikes"] == 5
    assert "The times of spikes were given" in first.methods
    assert ("channel trace", "as the spikes that were given say") in [*first.chosen]
    assert set(book.missing) == {"steps", "responses", "conditions"}
