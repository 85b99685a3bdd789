"""How time and memory are taken: jobs in turn, processes of their own, medians, a fitted exponent."""

from __future__ import annotations

import math
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import linear_regression, median
from time import perf_counter
from typing import Any

Job = Callable[[], object]


@dataclass(frozen=True)
class Times:
    """Medians, in seconds, of one's own runs and of the peer's."""

    own: float
    peer: float


def in_turn(name: str, own: Job, peer: Job, *, pairs: int, each: int = 1, peer_warm_up: Job | None = None) -> Times:
    """The medians of `own` and `peer`, every run of the peer between `each` runs of one's own: A B A B A."""
    own()
    (peer_warm_up or peer)()
    owns, peers = _repeated(own, each), []
    for pair in range(pairs):
        progress(f"{name}: pair {pair + 1} of {pairs}")
        peers.append(seconds(peer))
        owns += _repeated(own, each)
    return Times(median(owns), median(peers))


def seconds(job: Job) -> float:
    start = perf_counter()
    job()
    return perf_counter() - start


def _repeated(job: Job, times: int) -> list[float]:
    return [seconds(job) for _ in range(times)]


def python(*arguments: str) -> Job:
    """A whole process of this interpreter, its output read from a pipe."""

    def run() -> None:
        subprocess.run([sys.executable, *arguments], stdout=subprocess.PIPE, check=True)

    return run


def apart(job: Callable[..., Any], *arguments: Any) -> Any:
    """The answer of a job that runs in a fresh process.

    The process that asks stays small, for a new process takes over the peak memory of the one that starts it.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        return processes.submit(job, *arguments).result()


def peak_bytes() -> int:
    """The largest memory that this process has had."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


@contextmanager
def all_compiled() -> Iterator[None]:
    """Processes started in here keep compiled modules in a folder of their own; a warm-up fills it for both sides."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        yield


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The p of values ~ sizes^p: the slope of the least-squares line through the logarithms."""
    return linear_regression([math.log(n) for n in sizes], [math.log(v) for v in values]).slope


def progress(text: str = "") -> None:
    """What is going on, in one line of a terminal; nothing elsewhere."""
    if sys.stderr.isatty():
        print(f"\r{text}\033[K", end="", file=sys.stderr, flush=True)
