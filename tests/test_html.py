from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from spikelens.html import ReportFacts, Table, feature_table, report
from spikelens.recording import Recording
from tests.factory import make_recording, make_spikes, make_trace

VOID = {"meta", "img", "source", "br", "hr"}
PEAKS = [2000, 2200, 2400, 9000, 15_000]


class Page(HTMLParser):
    """Checks that tags nest, and collects what a test asks about."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.words, self.headings = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def recording():
    return make_recording(PEAKS)


@pytest.fixture(scope="module")
def spikes(recording):
    return make_spikes(recording, PEAKS, rejected=[5000, 12_000])


FACTS = ReportFacts(
    title='<u>cell</u> & "one"',
    path="day<1>/cell.abf",
    chosen=[("channel <0>", "the only & best")],
    warnings=["<script>alert(1)</script>"],
    tables=[
        Table(
            "Sweeps <all>",
            ("sweep", "rate", "said"),
            [(0, 2.5, "<i>"), (1, None, "ok"), (2, -1.25, "x")],
            "n & m",
        )
    ],
    methods="Spikes > 10 mV were found.",
)


@pytest.fixture(scope="module")
def text(recording, spikes):
    return report(recording, spikes, FACTS)


def test_is_well_formed_and_in_the_order_of_the_questions(text):
    assert Page(text).headings == [
        "The recording",
        "Can I believe it?",
        "What the spikes are like",
        "In numbers",
        "What was chosen, and why",
        "For the methods section",
        "Where it comes from",
    ]


def test_needs_nothing_else(text):
    page = Page(text)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    sources = [value for _, name, value in page.attributes if name in ("src", "srcset", "href")]
    assert len(sources) >= 8
    assert all(value.startswith("data:image/svg+xml;base64,") for value in sources)
    assert "@import" not in text and "url(" not in text
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)


def test_all_text_is_escaped(text):
    page = Page(text)
    assert not {"u", "script", "i"} & set(page.tags)
    said = (FACTS.title, FACTS.path, *FACTS.warnings, FACTS.methods, "channel <0>", "Sweeps <all>", "n & m")
    for phrase in said:
        assert phrase in "".join(page.words)


def test_every_image_says_what_it_shows(text):
    page = Page(text)
    alternatives = [value for tag, name, value in page.attributes if (tag, name) == ("img", "alt")]
    assert len(alternatives) == page.tags.count("img")
    assert all(alternatives)


def test_is_small_even_with_many_spikes_and_samples():
    peaks = list(range(1000, 1_990_000, 400))
    recording = Recording.from_array(make_trace(2_000_000, 20_000, peaks), 20_000)
    text = report(recording, make_spikes(recording, peaks, rejected=[500]), FACTS)
    assert len(text.encode()) < 2_000_000


def test_says_the_counts(text):
    words = " ".join(Page(text).words)
    assert re.search(r"\b5 spikes", words)
    assert "5 per second" in words
    assert "2 candidates were rejected" in words
    assert "\u20131.25" not in words and "\u22121.25" in words


@pytest.mark.parametrize("rejected", [None, [], [5000]])
def test_no_spikes_is_a_result_too(recording, rejected):
    text = report(recording, make_spikes(recording, [], rejected=rejected), ReportFacts("quiet"))
    page = Page(text)
    assert "What the spikes are like" not in page.headings
    assert ("Can I believe it?" in page.headings) == bool(rejected)
    said = "1 candidate was looked at" if rejected else "0 candidates were looked at"
    assert said in "".join(page.words)


def test_of_a_voltage_clamp_nothing_is_said_about_seeking_spikes():
    held = Recording.from_array(
        np.zeros(4000), 20_000, quantity="current", mode="voltage-clamp", sweep_lengths=[2000, 2000]
    )
    page = Page(report(held, make_spikes(held, [], rejected=[]), ReportFacts("held")))
    words = " ".join(page.words)
    assert "No spikes were sought" in words
    assert "in 2 sweeps," in words
    assert "Can I believe it?" not in page.headings
    for untold in ("candidate", "Spikes found", "per second", "with spikes", "blue", "by_hand", "upwards"):
        assert untold not in words, untold


def test_a_header_stands_as_the_cells_of_its_column_do():
    rows = [(0, 2.5, "a", None), (1, None, "b", None), ("all", None, "", None)]
    table = Table("", ("sweep", "rate", "said", "nothing"), rows)
    single = make_recording([])
    text = report(single, make_spikes(single, []), ReportFacts("quiet", tables=[table]))
    table_text = text[text.index("<table>") : text.index("</table>")]
    kinds = re.findall(r'<t[hd][^>]*class="(\w+)"', table_text)
    assert kinds == ["number", "number", "wide", "wide"] * 4
    assert table_text.count("\u2013") == 5


def test_one_sample_many_sweeps_and_currents():
    single = Recording.from_array(np.array([-0.07]), 1000.0)
    Page(report(single, make_spikes(single, []), ReportFacts("one sample")))
    samples = -1e-9 * make_trace(6000, 20_000, [1000, 4000])
    currents = Recording.from_array(samples, 20_000, quantity="current", sweep_lengths=[3000, 3000])
    text = report(currents, make_spikes(currents, [1000, 4000]), ReportFacts("currents"))
    words = "".join(Page(text).words)
    assert "pA tall" in words and "of 2 sweeps with spikes" in words


def with_probabilities(spikes, verdicts=("synaptic", "artefact")):
    rest = spikes.candidates.with_columns(
        {
            "probability": np.array([0.4, 0.01], np.float32),
            "verdict": np.array(verdicts),
            "reason": np.array(["probability 0.40", "contact jump: <that> stays"]),
        }
    )
    sure = spikes.with_columns({"probability": np.full(len(spikes), 0.9, np.float32)})
    return dataclasses.replace(sure, candidates=rest)


def alternatives(text):
    return [value for tag, name, value in Page(text).attributes if (tag, name) == ("img", "alt")]


def test_probabilities_are_drawn_where_there_are_some(recording, spikes):
    drawn = alternatives(report(recording, with_probabilities(spikes), FACTS))
    assert "Histogram of probabilities" in drawn
    assert "Accepted beside nearly accepted waveforms" in drawn
    plain = alternatives(report(recording, spikes, FACTS))
    assert not any("probabilities" in words or "nearly accepted" in words for words in plain)


def test_where_one_side_is_empty_there_is_nothing_to_compare(recording, spikes):
    clear = with_probabilities(spikes, ("artefact", "artefact"))
    nothing = clear.take(np.zeros(len(clear), bool))
    for one_sided in (clear, dataclasses.replace(nothing, candidates=with_probabilities(spikes).candidates)):
        drawn = alternatives(report(recording, one_sided, FACTS))
        assert "Histogram of probabilities" in drawn
        assert "Accepted beside nearly accepted waveforms" not in drawn


def test_artefacts_are_drawn_apart_with_what_they_were_taken_for(recording, spikes):
    told = "The largest of each kind of artefact, and what it was taken for."
    assert told in alternatives(report(recording, with_probabilities(spikes), FACTS))
    assert told not in alternatives(report(recording, with_probabilities(spikes, ("synaptic",) * 2), FACTS))


def test_how_far_to_believe_is_said_in_words(recording, spikes):
    facts = dataclasses.replace(FACTS, trust=("98 % <estimated>", "not a bound"))
    page = Page(report(recording, spikes, facts))
    assert "98 % <estimated>" in page.words and "not a bound" in page.words


def test_provenance_is_told_but_warnings_only_once(recording, spikes):
    doubtful = recording.with_warnings("gain doubtful")
    facts = dataclasses.replace(FACTS, warnings=doubtful.warnings)
    words = " ".join(Page(report(doubtful, spikes, facts)).words)
    assert "by_hand cutoff = 0.01" in words
    assert words.count("gain doubtful") == 1


def test_features_are_in_units_for_people():
    rows = [
        {
            "feature": "width",
            "unit": "s",
            "n": 9,
            "median": 5e-4,
            "lower_quartile": 4e-4,
            "upper_quartile": 6e-4,
        },
        {
            "feature": "adp",
            "unit": "V",
            "n": 0,
            "median": np.nan,
            "lower_quartile": np.nan,
            "upper_quartile": np.nan,
        },
    ]
    table = feature_table(rows, "clipped ones left out")
    assert table.rows == [("width", "500 µs", "400 µs", "600 µs", 9), ("adp", None, None, None, 0)]
    assert table.note == "clipped ones left out"
