"""The catalogue of public recordings: what each is, whose it is, and how to know it is whole."""

from __future__ import annotations

from dataclasses import dataclass

from spikelens.errors import UnknownName

# The default branch, whatever it is called; the checksum holds what the address gives to the file meant.
_PYABF = "https://raw.githubusercontent.com/swharden/pyABF/HEAD/data/abfs/"
_HARDEN = "Harden SW. pyABF, a Python library for ABF files. https://github.com/swharden/pyABF (data/abfs)."


@dataclass(frozen=True)
class Dataset:
    """One public recording.

    Parameters
    ----------
    name : str
        What users type.
    what : str
        One sentence on what is in it.
    licence, citation : str
    address : str
        Empty where it needs an account; then `steps` say how to get it.
    file_name : str
    n_bytes : int
    sha256 : str
        Of the whole file, 64 hexadecimal digits.
    steps : tuple of str
    """

    name: str
    what: str
    licence: str
    citation: str
    address: str = ""
    file_name: str = ""
    n_bytes: int = 0
    sha256: str = ""
    steps: tuple[str, ...] = ()


def _abf(name: str, what: str, file_name: str, n_bytes: int, sha256: str) -> Dataset:
    return Dataset(name, what, "MIT", _HARDEN, _PYABF + file_name, file_name, n_bytes, sha256)


CATALOGUE = (
    _abf(
        "current-steps",
        "Current clamp, 17 sweeps of 3 s at 20 kHz with current steps; about 117 spikes.",
        "171116sh_0018.abf",
        2_047_488,
        "9042a1162d18a47fbbe83ea1c0817142d3ae21f6f6060195ff18d35358f6e8c7",
    ),
    _abf(
        "current-steps-2",
        "Current clamp, 16 sweeps of 3 s at 20 kHz with current steps; about 375 spikes.",
        "17o05028_ic_steps.abf",
        1_927_168,
        "bdc19f4504963602513d6bdab54a98b5d032ad0140be4583044b007852c92239",
    ),
    _abf(
        "short",
        "Current clamp, one short recording with 10 spikes.",
        "171116sh_0016.abf",
        447_488,
        "b9a74742692a098b34c558261cd65e7780298c411ec0c360d69b9cbd42f11b83",
    ),
    _abf(
        "fast-spiking",
        "A fast-spiking interneuron, 17 sweeps of 3 s at 20 kHz; about 948 spikes, some abortive.",
        "2019_07_24_0055_fsi.abf",
        2_047_488,
        "4666e82da3e0cc33b579fea285901a7f48b54a8c0cb8143b9c539d65172709b6",
    ),
    _abf(
        "light-pulses",
        "Current clamp, 3 sweeps of 20 s at 20 kHz with 50 light pulses each; 150 spikes.",
        "opto_aps_good_units.abf",
        2_407_424,
        "06c2c85fd647e713ce23ee143bb8001339caaf4dce4bb59bd6d28ddc000e4087",
    ),
    _abf(
        "wrong-units",
        "A sibling of light-pulses whose header says pA of a voltage: units that cannot be.",
        "opto_aps_bad_units.abf",
        2_407_424,
        "f80a6e70d1988125942fcfbbb91c391f01c289a342c49a75166bfa0856171e71",
    ),
    _abf(
        "two-channels",
        "Current and voltage side by side, 10 s at 25 kHz, with 20 pulses and their artefacts.",
        "18425108.abf",
        1_020_416,
        "6ec251d896d05846b46a4adee2b2ac5e3564e069bf41cf7584ce218c7bfe2748",
    ),
    _abf(
        "bursts",
        "Gap-free, 1200 s at 1 kHz; about 113 spikes in bursts over a drifting rest.",
        "File_axon_2.abf",
        2_408_960,
        "f540509e4d9ac7f27e32a846acf6c0d785044e60f096e935175645683bf69044",
    ),
    _abf(
        "shrinking",
        "5 sweeps of 1 s, 90 s apart, at 20 kHz; spikes that shrink from 60 to 20 mV.",
        "File_axon_3.abf",
        421_888,
        "5e85be637fb5d62a4a2400fad0ba36bcf09cecf999ad72f42fd0cc137bd726fd",
    ),
    _abf(
        "current-trace",
        "Gap-free current, 191 s at 10 kHz, with 138 sharp events: very likely spikes seen as current.",
        "File_axon_1.abf",
        3_830_272,
        "8e4225e7b914067266954fe3a6af4c36d0c593cd6e34e4a215b6617b3783c5bc",
    ),
    _abf(
        "voltage-clamp",
        "Voltage clamp, 7 sweeps of 3.5 s with voltage steps: no membrane spikes to be found.",
        "17o05024_vc_steps.abf",
        987_648,
        "4375eb736efe3eb58b141f2e43c715fb109f7fad76398ebf4d9fc90affe07a9f",
    ),
    _abf(
        "one-spike",
        "3 sweeps of 10 s with a large hyperpolarising step, and one spike.",
        "2019_05_02_DIC2_0011.abf",
        2_407_424,
        "927a799adb92db29f56785130af9bc3638c935518acd5a5c96340e50b00b9cef",
    ),
    _abf(
        "no-spike",
        "Gap-free, 18.4 s at 10 kHz below threshold: no spike.",
        "2020_07_29_0062.abf",
        756_736,
        "eec479744472c5568405ed4fd68b3bbd640a3d923322d6f961f8fb73715fbbba",
    ),
    Dataset(
        "ac-2",
        "The 2017 study's data: 40 neurons of rat auditory cortex, whole-cell in vivo, pure tones.",
        "CRCNS.org's terms of use, which its account asks you to accept",
        "DeWeese MR, Zador AM (2011). Whole cell recordings from neurons in the primary auditory cortex of"
        " rat. CRCNS.org, data set ac-2.",
        steps=(
            "make an account at https://crcns.org (free, for research)",
            "get the data set ac-2 at https://crcns.org/data-sets/ac/ac-2 and unpack it",
            "spikelens study FOLDER/Anesthetized_wholecell_and_LFP_data/CELL --unit mV --sampling-rate 4000",
        ),
    ),
)


def dataset_named(name: str, catalogue: tuple[Dataset, ...] = CATALOGUE) -> Dataset:
    """The data set of a name.

    Raises
    ------
    UnknownName
        There is none; lists those there are.
    """
    for dataset in catalogue:
        if dataset.name == name:
            return dataset
    raise UnknownName.among("data set", name, (d.name for d in catalogue))
