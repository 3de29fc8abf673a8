"""How often the intervals of an evaluation hold the truth: drawn by prompt as the studio does, and picture by picture.

`python -m benchmarks.intervals [--samples 1000]`

Values are normal around 0; half of their variance lies between prompts, half between the seeds of one.
"""

from __future__ import annotations

import argparse

import numpy as np

from jobs.evaluating.statistics import Sample, interval
from jobs.judges.metric import mean_of
from storage import resampling

CASES = ((2, 4), (3, 4), (4, 4), (6, 4), (12, 2), (16, 4), (40, 1))
"""Prompts and seeds of each."""


def hold(prompts: int, seeds: int, samples: int) -> tuple[float, float]:
    """The share of intervals that hold 0: by prompt, and by the percentiles of pictures drawn one by one."""
    chance, count = np.random.default_rng(5), prompts * seeds
    of = {number: number // seeds for number in range(count)}
    held = np.zeros(2)
    for _ in range(samples):
        values = np.repeat(chance.normal(0, 1, prompts), seeds) + chance.normal(0, 1, count)
        found = interval(Sample(mean_of(dict(enumerate(values))), of))
        low, high = np.quantile(resampling.draws(count) @ values / count, (0.025, 0.975))
        assert found.low is not None and found.high is not None
        held += found.low <= 0 <= found.high, low <= 0 <= high
    return held[0] / samples, held[1] / samples


def main() -> None:
    """Print a row a case."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--samples", type=int, default=1000)
    asked = parser.parse_args()
    print(f"{'prompts':>8} {'seeds':>6} {'by prompt':>10} {'one by one':>11}")
    for prompts, seeds in CASES:
        ours, plain = hold(prompts, seeds, asked.samples)
        print(f"{prompts:8} {seeds:6} {ours:10.1%} {plain:11.1%}", flush=True)


if __name__ == "__main__":
    main()
