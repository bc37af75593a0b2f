"""What a study says in words: the head of its report, its lessons, the paragraph for a paper."""

from __future__ import annotations

from spikelens.study.running import SHIFTS, Study

AC2 = (
    "DeWeese MR, Zador AM (2011). Whole cell recordings from neurons in the primary auditory cortex of rat in"
    " response to pure tones of different frequency and amplitude, along with recordings of nearby local"
    " field"
    " potential (LFP). CRCNS.org, data set ac-2."
)
NOISE = (
    "In a whole-cell recording the noise is mostly synaptic potentials and the instrument, not the spikes of"
    " neighbours: the pipette hears one cell. Cells under TTX, which cannot spike, are natural negatives."
)


def summary(study: Study) -> str:
    """One sentence: what was trained on, and what was found where."""
    judged = study.judged
    f1 = study.against_reference(judged.found).f1("spike")
    low, high = int(study.applied.number[0]), int(study.applied.number[-1])
    return (
        f"Trained on the rule's labels at {judged.name} V, {judged.model.name} calls"
        f" {judged.found.counts['spike']} of windows {low} to {high} spikes (F1 {f1:.2f} against"
        f" {study.reference_name})."
    )


def skew(study: Study) -> str:
    """The class counts as the study wrote them, per cutoff."""
    counts = (
        f"at {r.name} V noise {r.weak.counts['noise']}, spike {r.weak.counts['spike']}" for r in study.rounds
    )
    return f"{'; '.join(counts)}. The 2017 study had noise 1863, spike 137."


def priors(study: Study) -> str:
    """What the priors did."""
    judged = study.judged
    if judged.model.classifier.priors == "uniform":
        return "Uniform priors were asked for: every class counts as equally likely before a window is seen."
    used = study.against_reference(judged.found).f1("spike")
    uniform = study.against_reference(judged.uniform).f1("spike")
    change = "worse" if uniform < used else "better" if uniform > used else "the same"
    return (
        "Priors equal to the class frequencies in training change nothing: a classifier has learnt those"
        f" already. Uniform priors are the other extreme: they call {judged.uniform.counts['spike']} windows"
        f" spikes instead of {judged.found.counts['spike']}, and F1 goes from {used:.2f} to {uniform:.2f},"
        " which"
        f" is {change}."
    )


def drift(study: Study) -> str:
    """What another resting level does."""
    highest = SHIFTS[-1] * 1e3
    told = [f"{name} from {f1[0]:.2f} to {f1[-1]:.2f}" for name, f1 in study.drift.items()]
    return (
        f"The study's main pitfall. Moved up by {highest:g} mV, the same windows score, with"
        f" {', '.join(told)}."
        " A picture with one y-range for all shows where the cell rests as well as whether it spikes; a"
        " centred"
        " waveform shows only the second. The rule does not see the level at all."
    )


def borders(study: Study) -> str:
    """What became of spikes at borders, and why spikes are what counts."""
    one = study.judged.borders
    origin = "true spikes" if study.truth is not None else "spikes of the default detector"
    return (
        f"Of {one.n_spikes} {origin} in the applied range, {one.near} peak within 2 ms of a border of two"
        f" windows: {one.doubled} are seen in both, {one.lost} in neither. On simulated cells with plain"
        " spikes about nine in ten false windows of the rule adjoin a true spike's. This is why the rest of"
        " Spikelens reports spikes, not windows."
    )


def disputed(study: Study) -> str:
    """On what the cutoffs disagree, and what to do about it."""
    n = int(study.disputed.size)
    if not n:
        return "All cutoffs give the same answer on every applied window."
    advice = (
        ""
        if study.truth is not None
        else (
            " There is no truth here: fill the column label of disputed.csv by hand, then compare with it"
            " (spikelens compare classified_*.csv disputed.csv)."
        )
    )
    noun = "window" if n == 1 else "windows"
    return f"The cutoffs' models disagree on {n} {noun}, listed in disputed.csv.{advice}"


def methods(study: Study) -> str:
    """A paragraph for a paper."""
    plan, judged = study.plan, study.judged
    rate = study.recording.sampling_rate
    cutoffs = ", ".join(f"{r.name}" for r in study.rounds)
    return (
        f"The recording ({rate:g} Hz) was cut into windows of {plan.window} samples"
        f" ({plan.window / rate * 1e3:g} ms)."
        f" Windows {study.training.number[0]} to {study.training.number[-1]} were labelled spike where the"
        " minimum"
        f" or maximum lay farther from the window's mean than a cutoff ({cutoffs} V), and noise otherwise."
        f" The classifier {judged.model.name} ({settings(study)}) was trained on them and applied to windows"
        f" {study.applied.number[0]} to {study.applied.number[-1]}, which do not overlap with the first. Its"
        " probabilities were calibrated on training windows held out in three parts (temperature scaling"
        " with a"
        f" bias) and answer for class frequencies {judged.model.classifier.priors}."
    )


def settings(study: Study) -> str:
    """The classifier's settings."""
    return ", ".join(f"{k} {v}" for k, v in study.judged.model.classifier.parameters().items())


def is_ac2(study: Study) -> bool:
    """Whether the recording looks like one of the CRCNS ac-2 data, which are to be cited."""
    path = str(study.recording.path or "").lower()
    return "ac2" in path or "ac-2" in path or "wholecell_and_lfp" in path
