"""Writes ../src/test/resources/golden/philox.json: raw words and normals for the noise's definition.

The words come from NumPy's Philox, the normals from CPython's statistics.NormalDist. Each case is a
(seed, episode, step) with the first COUNT words and normals. Numbers of 64 bits are written as
decimal strings, normals with all their digits.
"""

import json
import platform
import random
import statistics
from pathlib import Path

import numpy

COUNT = 11
TARGET = Path(__file__).parent.parent / "src/test/resources/golden/philox.json"
EDGES = [0, 1, 2**63 - 1, 2**63, 2**64 - 1]


def case(seed, episode, step):
    key = numpy.array([seed, episode], dtype=numpy.uint64)
    counter = numpy.array([0, step, 0, 0], dtype=numpy.uint64)
    words = [int(w) for w in numpy.random.Philox(key=key, counter=counter).random_raw(COUNT)]
    quantile = statistics.NormalDist().inv_cdf
    return {
        "seed": str(seed),
        "episode": str(episode),
        "step": str(step),
        "words": [str(w) for w in words],
        "normals": [quantile(((w >> 12) + 0.5) / 2**52) for w in words],
    }


def main():
    pick = random.Random(7)
    names = [(s, e, t) for s in EDGES for e in EDGES for t in EDGES]
    names += [tuple(pick.getrandbits(64) for _ in range(3)) for _ in range(100)]
    quantile = statistics.NormalDist().inv_cdf
    tails = [2.0**-53, 2.0**-40, 1e-11, 1.4e-11, 1e-6, 0.02, 0.075, 0.5, 0.93, 1 - 1e-9, 1 - 2.0**-53]
    document = {
        "header": {
            "generator": "golden_philox.py",
            "numpy": numpy.__version__,
            "python": platform.python_version(),
        },
        "quantiles": [{"p": p, "x": quantile(p)} for p in tails],
        "cases": [case(*name) for name in names],
    }
    with TARGET.open("w") as out:
        out.write('{"header": ' + json.dumps(document["header"]))
        for name in ("quantiles", "cases"):
            rows = ",\n".join(json.dumps(row) for row in document[name])
            out.write(f',\n"{name}": [\n{rows}\n]')
        out.write("}\n")


if __name__ == "__main__":
    main()
