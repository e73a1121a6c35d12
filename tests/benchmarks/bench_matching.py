"""Measures the matching engine and its peers: `python -m tests.benchmarks.bench_matching --help`.

For every population it prints people, seconds asked, wall and processor seconds used, score (by the separate scorer),
bound with its kind and gap, people placed, firm rules broken, and peak memory; then the same for the first seating
alone, people dealt by chance, and a plain CP-SAT model. Each run has a process of its own, one after another.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from circles.matching import Candidate, Rules, match
from tests.benchmarks.peers import Met, by_chance, by_cp_sat, greedily
from tests.benchmarks.people_file import DATA, read_population
from tests.benchmarks.population import make_population
from tests.benchmarks.scorer import audit

RULES = Rules(first_day=date(2026, 11, 30))
#: Populations and the seconds that each is given when nothing else is said.
PLAN = {
    "normal-50": (10,),
    "normal-200": (10, 30),
    "normal-500": (2, 30),
    "tight-500": (30,),
    "normal-2000": (30,),
    "normal-10000": (5, 60),
    "normal-20000": (60,),
}
PEERS = {"first": greedily, "chance": by_chance, "cp-sat": by_cp_sat}
#: Largest population for the plain CP-SAT model, and its seconds; beyond it does not finish building.
CP_SAT_PEOPLE, CP_SAT_SECONDS = 100, 60.0
WIDTHS = {"population": 14, "by": 7, "people": 6, "asked": 6, "wall": 7, "cpu": 7, "score": 7, "bound": 7, "kind": 9,
          "gap %": 6, "placed": 7, "broken": 7, "MB": 5, "load": 5}  # fmt: skip


def population(name: str) -> tuple[list[Candidate], Met]:
    """A population in the data folder (or a folder's path), else one made up: normal-10000."""
    for folder in (Path(name), DATA / name):
        if (folder / "people.csv").exists():
            return read_population(folder)
    profile, _, count = Path(name).name.partition("-")
    return make_population(int(count), profile=profile)


def run(name: str, runner: str, seconds: float, seed: int) -> dict[str, object]:
    """One measured run in this process; its memory is that of the whole process, interpreter and input included."""
    people, met = population(name)
    # The compiled loops are loaded before the clock starts.
    match(people[:40], RULES, met, iterations=2000)
    load = os.getloadavg()[0]
    began, worked = time.perf_counter(), time.process_time()
    bound: float | None = None
    kind: str | None = None
    if runner == "engine":
        proposal = match(people, RULES, met, seconds=seconds, seed=seed)
        circles = [list(circle.members) for circle in proposal.circles]
        bound, kind = proposal.bound, proposal.bound_kind
    else:
        circles = PEERS[runner](people, RULES, met, seconds)
    used, cpu = time.perf_counter() - began, time.process_time() - worked
    found = audit(people, RULES, met, circles)
    return {
        "population": Path(name).name,
        "by": runner,
        "people": len(people),
        "asked": seconds,
        "wall": round(used, 2),
        "cpu": round(cpu, 2),
        "score": round(found.score, 3) if circles else "none",
        "bound": round(bound, 3) if bound is not None else "",
        "kind": kind or "",
        "gap %": round(100 * (1 - found.score / bound), 2) if bound else "",
        "placed": found.placed,
        "broken": len(found.violations),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(load, 1),
    }


def plan(options: argparse.Namespace) -> list[tuple[str, str, float]]:
    """Population, runner and seconds of every run."""
    runs: list[tuple[str, str, float]] = []
    asked = [float(one) for one in options.seconds.split(",")] if options.seconds else None
    for name in options.populations.split(","):
        people = int(Path(name).name.rpartition("-")[2])
        for runner in options.runners.split(","):
            if runner == "engine":
                runs += [(name, runner, seconds) for seconds in asked or PLAN.get(name, (30,))]
            elif runner != "cp-sat":
                runs.append((name, runner, 5.0))
            elif people <= CP_SAT_PEOPLE and importlib.util.find_spec("ortools"):
                runs.append((name, runner, options.cp_sat_seconds))
    return runs


def main() -> int:
    """Run what the command line asks for; 1 when a run failed."""
    parser = argparse.ArgumentParser(description="Measures the matching engine and its peers.")
    parser.add_argument("--populations", default=",".join(PLAN), help="such as normal-50,tight-500, or folders")
    parser.add_argument("--seconds", help="budgets of the engine, such as 5,30; by default by population")
    parser.add_argument("--runners", default="engine,first,chance,cp-sat")
    parser.add_argument("--cp-sat-seconds", type=float, default=CP_SAT_SECONDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, runner, seconds = options.one.split(",")
        print(json.dumps(run(name, runner, float(seconds), options.seed)))
        return 0
    print("  ".join(f"{column:>{width}}" for column, width in WIDTHS.items()), flush=True)
    failed = 0
    for name, runner, seconds in plan(options):
        command = [sys.executable, "-m", "tests.benchmarks.bench_matching", "--seed", str(options.seed)]
        command += ["--one", f"{name},{runner},{seconds}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            failed = 1
            print(f"{name} {runner}: {(done.stderr.strip().splitlines() or ['ended without a word'])[-1]}", flush=True)
            continue
        row = json.loads(done.stdout.splitlines()[-1])
        print("  ".join(f"{row[column]:>{width}}" for column, width in WIDTHS.items()), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
