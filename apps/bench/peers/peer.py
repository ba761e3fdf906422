"""The loop that every peer runs: one request a line on stdin, one reply a line on stdout.

    load FOLDER              the arrays and settings of a case
    run STEPS                from the same start every time; milliseconds a step by the clock and of processor time
    check REPEATS FOLDER     the mean change of one step of rate 1 from the start, for comparison

A reply is `ok JSON` or `error TEXT`.
"""

import json
import os
import sys
import time

import numpy as np


class Case:
    """The arrays of a folder as attributes, and what `case.json` says."""

    def __init__(self, folder):
        with open(os.path.join(folder, "case.json")) as file:
            self.settings = json.load(file)
        self.arrays = {
            name[:-4]: np.load(os.path.join(folder, name))
            for name in sorted(os.listdir(folder))
            if name.endswith(".npy")
        }


def serve(description, make):
    """Serves until stdin ends. `make(case)` gives an object with `reset()`, `steps(n, rate)` and what `check` needs."""
    reply("ok", json.dumps(description))
    workload = None
    for line in sys.stdin:
        command, _, rest = line.rstrip("\n").partition(" ")
        try:
            if command == "load":
                workload = make(Case(rest))
                result = {}
            elif command == "run":
                steps = int(rest)
                workload.reset()
                start, used = time.perf_counter(), time.process_time()
                workload.steps(steps)
                wall, processor = time.perf_counter() - start, time.process_time() - used
                result = {"wall": wall / steps * 1e3, "processor": processor / steps * 1e3}
            elif command == "check":
                repeats, _, folder = rest.partition(" ")
                for name, array in workload.check(int(repeats)).items():
                    np.save(os.path.join(folder, name + ".npy"), array)
                result = {}
            else:
                raise ValueError("unknown request " + command)
            reply("ok", json.dumps(result))
        except Exception as error:
            reply("error", " ".join(repr(error).split()))


def mean_change(workload, repeats, parameters):
    """What one step of rate 1 does to each parameter, averaged over repetitions from the start."""
    workload.reset()
    before = {name: array().copy() for name, array in parameters.items()}
    sums = {name: np.zeros(array.shape) for name, array in before.items()}
    for _ in range(repeats):
        workload.reset()
        workload.steps(1, 1.0)
        for name, array in parameters.items():
            sums[name] += array() - before[name]
    return {name: total / repeats for name, total in sums.items()}


def reply(kind, text):
    print(kind, text, flush=True)
