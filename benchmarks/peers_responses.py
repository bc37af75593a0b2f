"""Elephant's answer on trials as Neo spike trains, as JSON on stdout; runs in the peers' environment.

python peers_responses.py TRIALS.pickle BIN, where the file holds a list of neo.SpikeTrain
and BIN is in seconds.
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings

import numpy as np


def main():
    """Print PSTH counts, Fano factor, and the CV of intervals of every trial."""
    warnings.simplefilter("ignore")
    import quantities as pq
    from elephant.statistics import cv, fanofactor, isi, time_histogram

    with open(sys.argv[1], "rb") as opened:
        trains = pickle.load(opened)
    counts = time_histogram(trains, float(sys.argv[2]) * pq.s, output="counts")
    intervals = [isi(train).magnitude for train in trains]
    answer = {
        "psth": np.asarray(counts.magnitude).ravel().tolist(),
        "fano": float(fanofactor(trains)),
        "cv": [float(cv(x)) if x.size > 1 else None for x in intervals],
    }
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
