"""Which units there are: none, one, two that are nearly alike, one that looks like two others' sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import spikelens
from spikelens import errors
from spikelens.engines.serial import Serial
from spikelens.kernels import collisions, likelihood, products, pursuit
from spikelens.recording import Recording
from spikelens.sorters import Piece, Site
from spikelens.sorters import pursuit as pursuit_method
from spikelens.sorters._events import Events, events_in
from spikelens.sorters._explain import Explained
from spikelens.sorters._faint import shapes_of, standing_out
from spikelens.sorters._learning import Learning
from spikelens.sorters._merging import Trains, is_background, merged
from spikelens.sorters._normals import two_normals
from spikelens.sorters._parting import parted, without_halves
from spikelens.sorters._templates import Templates, distances, moved, shift_of
from spikelens.sorters._trains import SURE, follows, pairs_within, two_neurons
from spikelens.unitmatching import compare_units
from tests.sorters.wires import RATE, wire

WIRE = Site(np.array([[0]]), RATE, np.zeros((1, 2)))
T = np.arange(52.0)


def wave(height: float, width: float) -> np.ndarray:
    return (-height * np.exp(-0.5 * ((T - 16) / width) ** 2)).astype(np.float32)[:, None]


def templates_of(*waves: np.ndarray) -> Templates:
    n = len(waves)
    return Templates.of(np.array(waves), np.full(n, 0.05), np.full(n, 1e-3), 16)


def train(rate: float, seconds: float, seed: int, dead: float = 3e-3) -> np.ndarray:
    intervals = dead + np.random.default_rng(seed).exponential(1 / rate - dead, round(2 * rate * seconds))
    at = np.cumsum(intervals)
    return (at[at < seconds] * RATE).astype(np.int64)


def learning_of(templates: Templates, trains: list[np.ndarray], amplitude: list[float]) -> Learning:
    """Spikes that leave white noise."""
    unit = np.repeat(np.arange(len(trains)), [t.size for t in trains])
    at = np.concatenate(trains)
    order = np.argsort(at, kind="stable")
    rng = np.random.default_rng(0)
    left = rng.normal(size=(at.size, 52, 1)).astype(np.float32)
    size = np.array(amplitude)[unit] + rng.normal(0, 0.02, at.size)
    nothing = np.zeros(0, np.int64)
    missed = Events(nothing, nothing, np.zeros(0, np.bool_), np.zeros((0, 40, 1), np.float32))
    rest = (left, templates.seen, np.ones(at.size, bool), missed)
    return Learning(templates, unit[order], at[order], size[order], round(60 * RATE), *rest)


def test_silence_a_short_trace_and_few_spikes_have_no_units():
    for trace in (np.zeros(40_000), np.random.default_rng(0).normal(0, 1e-5, 300)):
        recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
        assert len(spikelens.sort(recording, engine=Serial())) == 0
    trace = np.random.default_rng(1).normal(0, 5e-6, 60_000)
    for at in range(5_000, 55_000, 5_000):
        trace[at : at + 52] += 1e-5 * wave(10, 2.0)[:, 0]
    few = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    assert len(spikelens.sort(few, engine=Serial())) == 0


def test_one_neuron_is_one_unit_however_much_it_bursts():
    rng = np.random.default_rng(0)
    trace, first = rng.normal(0, 6e-6, 400_000), train(6, 19.9, 1, dead=20e-3)
    sample = np.sort(np.concatenate([first, first[::3] + 100, first[::3] + 200]))
    sample = sample[sample < 399_900]
    # Within a burst each spike is smaller than the last.
    size = np.where(np.diff(sample, prepend=-(10**6)) > 150, 1.0, 0.8)
    for at, a in zip(sample, size, strict=True):
        trace[at : at + 52] += a * 1e-5 * wave(9, 2.0)[:, 0]
    recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    spikes = spikelens.sort(recording, engine=Serial())
    assert set(spikes["unit_id"]) == {0}
    assert len(spikes) == pytest.approx(sample.size, rel=0.02)


def test_parameters_out_of_bounds_are_said():
    recording, _, _ = wire(1.0)
    with pytest.raises(errors.BadParameter, match="cutoff"):
        spikelens.sort(recording, cutoff=1.0)
    with pytest.raises(errors.BadParameter, match="refractory"):
        spikelens.sort(recording, refractory=-1.0)


def test_three_noises_apart_are_two_and_one_wide_heap_is_one():
    rng = np.random.default_rng(0)
    two = np.concatenate([rng.normal(0, 1, 500), rng.normal(3, 1, 300)])
    odds, cut = two_normals(two)
    assert odds > 10 and cut == pytest.approx(1.6, abs=0.4)
    for one in (rng.normal(0, 1.7, 800), rng.laplace(0, 1, 800), rng.normal(0, 1, 800)):
        assert two_normals(one)[0] < 0


def test_pairs_are_those_of_all_differences():
    rng = np.random.default_rng(0)
    one, other = np.sort(rng.integers(0, 400, 60)), np.sort(rng.integers(0, 400, 50))
    a, b = pairs_within(one, other, -4, 7)
    apart = other[None] - one[:, None]
    twin = np.argwhere((apart >= -4) & (apart <= 7))
    assert np.column_stack([a, b]).tolist() == twin.tolist()


def test_trains_say_whether_they_are_one_neurons():
    n, one, other = round(60 * RATE), train(20, 60, 1), train(20, 60, 2)
    assert two_neurons(one, other, n, WIRE) > SURE
    half = np.random.default_rng(0).random(one.size) < 0.5
    assert two_neurons(one[half], one[~half], n, WIRE) < -SURE
    assert abs(two_neurons(one[:10], other[:10], n, WIRE)) < SURE


def test_a_train_that_follows_another_in_bursts_is_told():
    first = train(6, 60, 1, dead=20e-3)
    assert follows(first, np.sort(first[::3] + 100), round(60 * RATE), WIRE)
    assert not follows(first, train(6, 60, 2), round(60 * RATE), WIRE)


def test_units_alike_are_merged_by_their_trains_not_by_their_shapes():
    templates, one = templates_of(wave(9, 2.0), wave(9, 2.2)), train(30, 60, 1)
    half = np.random.default_rng(0).random(one.size) < 0.5
    assert len(merged(learning_of(templates, [one[half], one[~half]], [1, 1]), WIRE).templates) == 1
    assert len(merged(learning_of(templates, [one, train(30, 60, 2)], [1, 1]), WIRE).templates) == 2
    # Of one shape, but so many noises apart in size that it is not one neuron's.
    far = templates_of(wave(60, 2.0), wave(60, 2.6))
    assert len(merged(learning_of(far, [one[half], one[~half]], [1, 1]), WIRE).templates) == 2


def test_what_always_comes_as_two_is_a_unit():
    templates = templates_of(wave(8, 1.5), wave(6, 4.0))
    large, one, other = train(8, 60, 1), train(10, 60, 2), train(10, 60, 3)
    trains = [np.sort(np.concatenate([large, one])), np.sort(np.concatenate([large + 3, other]))]
    found = parted(learning_of(templates, trains, [1, 1]), WIRE, 3.0)
    assert len(found) == 3
    # It stays where the larger of both is.
    twin = np.roll(wave(8, 1.5), -3, axis=0) + wave(6, 4.0)
    np.testing.assert_allclose(found.waves[2], twin, atol=0.5)
    apart = [one, other]
    assert len(parted(learning_of(templates, apart, [1, 1]), WIRE, 3.0)) == 2


def test_what_a_large_unit_always_leaves_is_its_own():
    large, small = wave(30, 2.0), wave(6, 2.0)
    always, others = train(8, 60, 1), train(10, 60, 2)
    trains = [always, np.sort(np.concatenate([always + 20, others]))]
    found = parted(learning_of(templates_of(large, small), trains, [1, 1]), WIRE, 3.0)
    assert len(found) == 3
    np.testing.assert_allclose(found.waves[2], large + np.roll(small, 20, axis=0), atol=0.5)
    # Another neuron may follow so, now and then.
    trains = [always, np.sort(np.concatenate([always[::3] + 20, others]))]
    assert len(parted(learning_of(templates_of(large, small), trains, [1, 1]), WIRE, 3.0)) == 2


def test_a_waveform_that_goes_on_is_compared_while_both_hold_it():
    tail = np.where(T > 16, 6.0, 0.0).astype(np.float32)[:, None]
    early, late = (
        wave(20, 2.0) + tail,
        np.roll(wave(20, 2.0), 6, axis=0) + np.where(T > 22, 6.0, 0.0)[:, None],
    )
    apart, scale, lag = distances(templates_of(early, late.astype(np.float32)), 15, (0.6, 1.6))
    assert apart[0, 1] < 0.1 and apart[1, 0] < 0.1
    assert scale[0, 1] == pytest.approx(1) and lag[0, 1] == pytest.approx(6)


def test_spikes_that_hide_in_the_noise_stand_out_through_the_shape_of_others():
    rng, at = np.random.default_rng(0), np.arange(300, 29_000, 300)
    white = rng.normal(size=(30_000, 2)).astype(np.float32, order="F")
    for start in at:
        white[start : start + 52, 1] += wave(2.0, 4.0)[:, 0]
    large = np.concatenate([wave(20, 4.0), np.zeros((52, 1), np.float32)], axis=1)
    templates, piece = templates_of(large), Piece(white, 0, (0, 30_000))
    nothing = np.zeros(0, np.int64)
    done = Explained(*[nothing] * 9, white)
    seen = standing_out(done, templates, shapes_of(templates))
    site = Site(np.array([[0, 1], [1, 0]]), RATE, np.zeros((2, 2)))
    plain, found = events_in(white, piece, site, 4.5), events_in(white, piece, site, 4.5, seen)
    assert len(plain) < 0.15 * at.size
    near = np.abs(found.at[:, None] - (at[None] + 16)) <= 3
    assert near.any(axis=0).mean() > 0.8 and near.any(axis=1).mean() > 0.9
    assert (found.channel[near.any(axis=1)] == 1).all()
    # Where a spike was explained, what it leaves is not looked at so.
    there = Explained(np.zeros(1, np.int64), np.array([at[5]]), *[nothing] * 7, white)
    hidden = standing_out(there, templates, shapes_of(templates))
    np.testing.assert_array_equal(hidden[at[5] : at[5] + 52, 0], np.abs(white[at[5] : at[5] + 52, 0]))


def test_means_of_few_spikes_differ_by_chance():
    noise = np.random.default_rng(0).normal(size=(52, 1))
    other = (wave(9, 2.0) + 5 * noise / np.linalg.norm(noise)).astype(np.float32)
    told = learning_of(templates_of(wave(9, 2.0), other), [train(1, 60, 1), train(1, 60, 2)], [1, 1])
    assert len(merged(told, WIRE).templates) == 2
    # The others had company, and are no part of the means.
    few = np.isin(np.arange(told.unit.size), [np.flatnonzero(told.unit == k)[:4] for k in (0, 1)])
    assert len(merged(replace(told, is_alone=few), WIRE).templates) == 1


def test_halves_of_one_heap_are_one_part_again():
    rng, at = np.random.default_rng(3), train(20, 60, 1)
    learning = learning_of(templates_of(wave(9, 2.0)), [at], [1.0])
    way = rng.normal(size=52)
    way /= np.linalg.norm(way)

    def parts_of(label: np.ndarray, apart: float, told: Learning) -> int:
        left = told.left + (apart * label[:, None] * way).astype(np.float32)[..., None]
        parts = [np.flatnonzero(label == k) for k in (False, True)]
        return len(without_halves(parts, replace(told, left=left), 0, WIRE))

    half = learning.left[:, :, 0] @ way > 0
    assert parts_of(half, 0.0, learning) == 1
    assert parts_of(rng.random(at.size) < 0.5, 4.0, learning) == 2
    # No farther apart, but they fire in each other's dead time.
    two = np.concatenate([at, train(20, 60, 2)])
    order = np.argsort(two, kind="stable")
    both = learning_of(templates_of(wave(9, 2.0)), [two[order]], [1.0])
    assert parts_of(order >= at.size, 2.0, both) == 2
    # One neuron's spikes of two sizes, as those of two neurons may be.
    sizes = replace(learning, amplitude=np.where(half, 0.7, 1.3) + rng.normal(0, 0.02, at.size))
    assert parts_of(half, 0.0, sizes) == 2


def test_what_larger_units_leave_is_no_unit_that_was_missed():
    rng, large = np.random.default_rng(0), train(8, 60, 1)
    # As long as clusters' means are.
    learning = learning_of(templates_of(np.pad(wave(30, 2.0), ((0, 4), (0, 0)))), [large], [1.0])

    def found_with(at: np.ndarray) -> int:
        snippets = wave(7, 2.0)[4:44][None] + rng.normal(size=(at.size, 40, 1)).astype(np.float32)
        missed = Events(at, np.zeros(at.size, np.int64), np.ones(at.size, np.bool_), snippets)
        return len(parted(replace(learning, missed=missed), WIRE, 3.0))

    assert found_with(large + 30) == 1
    assert found_with(train(5, 60, 2)) == 2


def test_what_comes_with_many_larger_spikes_by_chance_is_a_unit_all_the_same():
    waves = templates_of(*(wave(height, 2.0) for height in (40.0, 34.0, 29.0, 25.0, 8.0)))
    busy = [train(50, 60, seed) for seed in range(4)]
    alone = learning_of(waves, [*busy, train(20, 60, 9)], [1.0] * 5)
    assert len(merged(alone, WIRE).templates) == 5
    follows_one = learning_of(waves, [*busy, busy[0] + 40], [1.0] * 5)
    assert len(merged(follows_one, WIRE).templates) == 4


def two_of_a_wire(rates: tuple[float, float], seconds: float) -> tuple[Recording, np.ndarray, np.ndarray]:
    """A broad and a narrow neuron at rates of their own; the sample of each spike and its neuron."""
    rng = np.random.default_rng(3)
    trace = rng.normal(0, 5e-6, round(seconds * RATE))
    trains = [train(rate, seconds - 0.1, seed) + 100 for seed, rate in enumerate(rates)]
    for at, course in zip(trains, (wave(16, 1.5), wave(12, 4.0)), strict=True):
        for s in at:
            trace[s - 16 : s + 36] += rng.normal(1, 0.04) * 5e-6 * course[:, 0]
    recording = Recording.from_array(trace.astype(np.float32), RATE, mode="extracellular")
    order = np.argsort(np.concatenate(trains), kind="stable")
    unit = np.repeat([0, 1], [at.size for at in trains])
    return recording, np.concatenate(trains)[order], unit[order]


@pytest.mark.parametrize(("rates", "seconds"), [((0.5, 0.3), 150.0), ((0.6, 30.0), 60.0)])
def test_neurons_that_hardly_fire_are_units_too(rates, seconds):
    recording, sample, unit = two_of_a_wire(rates, seconds)
    found = spikelens.sort(recording, engine=Serial())
    compared = compare_units(sample / RATE, unit, found.time, found["unit_id"])
    assert len(compared.units_b) == 2
    assert compared.accuracy.min() > 0.9


def test_without_a_filter_a_channels_resting_value_is_no_spike():
    for offset in (0.0, 1e-3):
        recording, sample, _ = two_of_a_wire((8.0, 6.0), 20.0)
        moved_up = Recording.from_array(
            recording.read()[:, 0] + np.float32(offset), RATE, mode="extracellular"
        )
        found = spikelens.sort(moved_up, low=None, engine=Serial())
        assert abs(len(found) - sample.size) < 0.05 * sample.size
        assert np.abs(found.height).max() < 1.5e-4


def test_what_was_looked_at_before_counts_when_units_are_merged():
    templates = templates_of(wave(9, 2.0), wave(9, 2.2))
    now, before = (learning_of(templates, [train(5, 60, s), train(5, 60, s + 1)], [1, 1]) for s in (3, 5))
    assert len(merged(now, WIRE).templates) == len(merged(before, WIRE).templates) == 1
    former = Trains(
        templates,
        before.unit,
        before.at + round(60 * RATE),
        before.amplitude,
        before.is_alone,
        before.n_samples,
        np.zeros(before.at.size, np.bool_),
    )
    both = merged(now, WIRE, former)
    assert len(both.templates) == 2
    # What comes of it is told of what was looked at now.
    np.testing.assert_array_equal(both.at, now.at)
    np.testing.assert_array_equal(both.unit, now.unit)
    assert both.n_samples == now.n_samples


def test_learning_leaves_linear_algebra_one_thread(monkeypatch):
    class Seen(Exception):
        pass

    def look(*_: object) -> None:
        raise Seen([pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"])

    monkeypatch.setattr(pursuit_method, "whitener_of", look)
    with threadpool_limits(2, "blas"), pytest.raises(Seen) as seen:
        pursuit_method.Pursuit().learn([], WIRE)
    assert set(seen.value.args[0]) == {1}


def test_a_faint_template_that_fires_in_its_own_dead_time_is_background():
    templates = templates_of(wave(2.6, 2.0), wave(9, 2.0))
    many = np.sort(np.concatenate([train(30, 60, seed) for seed in range(5)]))
    held = learning_of(templates, [many, many + 400], [1, 1])
    assert [is_background(held, k, WIRE) for k in (0, 1)] == [True, False]
    neuron = learning_of(templates, [train(30, 60, 1), many], [1, 1])
    assert not is_background(neuron, 0, WIRE)


def test_a_collision_that_greedy_pursuit_gets_wrong_is_mended():
    # One template is what two others make together, nearly: greedy takes it for both of them.
    one, other = wave(10, 2.0), wave(10, 2.0)
    between = np.roll(one, 4, axis=0) * 0.7 + np.roll(other, 9, axis=0) * 0.7
    templates = templates_of(one, between.astype(np.float32))
    trace = np.zeros((300, 1), np.float32)
    trace[100:152] += one
    trace[109:161] += one
    state, model, spikes = started(trace, templates)
    n = pursuit.greedy(state, model, spikes, 0, 5)
    assert spikes[:n, 0].tolist()[0] == 1
    n = collisions.refit_pairs(state, model, spikes, 0, n, (20, 3.0, 8))
    pursuit.refit_each(*state[:2], model, spikes, n)
    pursuit.refit_each(*state[:2], model, spikes, n)
    kept = spikes[:n][spikes[:n, 0] >= 0]
    assert kept[:, 0].tolist() == [0, 0]
    place = kept[:, 1] + shift_of(kept[:, 2].astype(int))
    np.testing.assert_allclose(np.sort(place), [100, 109], atol=0.3)
    assert np.abs(state[0]).max() < 0.7


def test_units_are_told_apart_between_samples():
    # Half a sample off its time, a large spike is more like another unit that fits it there.
    one, other = wave(60, 2.0), wave(63, 2.0)
    other[:, 0] = moved(other.astype(float), 0.5)[:, 0]
    templates = templates_of(one, other)
    trace = np.zeros((300, 1), np.float32)
    trace[100:152] = moved(one.astype(float), 0.5)
    state, model, spikes = started(trace, templates)
    assert state[2][1, 100] > state[2][0, 100:102].max()
    assert pursuit.greedy(state, model, spikes, 0, 5) >= 1
    assert spikes[0, 0] == 0


def test_the_best_pair_is_that_of_all_pairs():
    templates = templates_of(wave(9, 2.0), wave(8, 4.0))
    rng = np.random.default_rng(0)
    trace = rng.normal(size=(200, 1)).astype(np.float32)
    trace[70:122] += wave(9, 2.0)
    trace[77:129] += wave(8, 4.0)
    (_, dots, _), model, _ = started(trace, templates)
    gain, found = collisions.best_pair(dots, model, np.array([0, 1]), (70, 20), 0.0)
    terms, middle = model[4], templates.length - 1
    every = {
        (k, t, j, u): likelihood.pair_gain(
            dots[k, t], dots[j, u], templates.cross[j, k, 4, u - t + middle], terms[k], terms[j]
        )
        for k in (0, 1) for t in range(60, 81) for j in (0, 1) for u in range(50, 91) if j != k
    }  # fmt: skip
    assert gain == pytest.approx(max(every.values()), rel=1e-6)
    assert every[tuple(found.tolist())] == pytest.approx(gain)


def started(trace, templates):
    """State, model and room for spikes, as pursuit begins."""
    dots = np.empty((len(templates), len(trace) - templates.length + 1), np.float32)
    everywhere = np.ones((len(templates), -(-dots.shape[1] // products.BLOCK)), bool)
    products.products(trace, templates.bank, templates.seen, everywhere, dots)
    terms = likelihood.terms_of(templates.prior)
    gains = np.zeros_like(dots)
    pursuit.rescore(dots, gains, terms)
    model = (templates.bank, templates.seen, templates.cross, templates.together, terms)
    return (trace, dots, gains), model, np.zeros((20, 5))


def test_two_neurons_of_low_snr_are_told_apart():
    recording, sample, unit = wire(40.0, seed=5, noise=22e-6)
    spikes = spikelens.sort(recording, engine=Serial())
    compared = compare_units(sample / RATE, unit, spikes.time, spikes["unit_id"])
    assert len(compared.units_b) == 2 and compared.accuracy.min() > 0.8
