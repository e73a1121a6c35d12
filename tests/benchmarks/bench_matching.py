"""Measures the matching engine: `python tests/benchmarks/bench_matching.py [--people 50,500] [--seconds 5,30]`.

For every population and budget it prints people, seconds asked and used, the share of two cores that was to be had,
score (by the separate scorer), bound and gap, people placed, rules broken, and peak memory; beside them the same for a
random seating, a greedy one, and a plain CP-SAT model where OR-Tools is installed. Each run has a process of its own.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from circles.matching import Candidate, Rules, match
from tests.benchmarks.people_file import DATA, read_population
from tests.benchmarks.population import make_population
from tests.benchmarks.scorer import audit, circle_violations

RULES = Rules(first_day=date(2026, 11, 30))
Met = list[tuple[str, str]]
#: Largest population for the plain CP-SAT model; beyond it does not finish building.
CP_SAT_PEOPLE = 100


def population(name: str) -> tuple[list[Candidate], Met]:
    """A population in the data folder (or a folder's path), else one made up: normal-10000."""
    for folder in (Path(name), DATA / name):
        if (folder / "people.csv").exists():
            return read_population(folder)
    profile, count = Path(name).name.split("-")
    return make_population(int(count), profile=profile)


def engine(people: list[Candidate], met: Met, seconds: float) -> tuple[list[list[str]], float | None, str | None]:
    """Our engine."""
    proposal = match(people, RULES, met, seconds=seconds)
    return [list(circle.members) for circle in proposal.circles], proposal.bound, proposal.bound_kind


def by_chance(people: list[Candidate], met: Met, seconds: float) -> tuple[list[list[str]], float | None, str | None]:
    """The people dealt at random into circles of the target size."""
    keys = [person.key for person in people]
    random.Random(1).shuffle(keys)
    count = max(1, len(keys) // RULES.target)
    return [keys[start::count] for start in range(count)], None, None


def greedy(people: list[Candidate], met: Met, seconds: float) -> tuple[list[list[str]], float | None, str | None]:
    """Our engine's first seating, before any move is tried."""
    proposal = match(people, RULES, met, seconds=seconds, progress=lambda progress: False)
    return [list(circle.members) for circle in proposal.circles], None, None


def cp_sat(people: list[Candidate], met: Met, seconds: float) -> tuple[list[list[str]], float | None, str | None]:
    """A plain model: person in circle, pair in circle, window of circle; circles of the target size."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    count = len(people) // RULES.target
    sits = [[model.new_bool_var("") for _ in range(count)] for _ in people]
    for row in sits:
        model.add_exactly_one(row)
    for circle in range(count):
        model.add_linear_constraint(sum(row[circle] for row in sits), RULES.size_min, RULES.size_max)
    gains = []
    for one in range(len(people)):
        for other in range(one):
            pair = [people[one], people[other]]
            worth = round(1000 * audit(pair, _PAIR_RULES, met, [[person.key for person in pair]]).score)
            forbidden = circle_violations(pair, _PAIR_RULES)
            for circle in range(count):
                if forbidden:
                    model.add_at_most_one(sits[one][circle], sits[other][circle])
                elif worth:
                    both = model.new_bool_var("")
                    model.add_implication(both, sits[one][circle])
                    model.add_implication(both, sits[other][circle])
                    gains.append(worth * both)
    model.maximize(sum(gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return [], None, None
    seated = [[index for index, row in enumerate(sits) if solver.value(row[circle])] for circle in range(count)]
    return [[people[index].key for index in circle] for circle in seated if circle], None, None


_PAIR_RULES = Rules(first_day=RULES.first_day, size_min=2, target=5, size_max=6)
RUNNERS = {"engine": engine, "chance": by_chance, "greedy": greedy, "cp-sat": cp_sat}


def run(name: str, runner: str, seconds: float) -> dict[str, object]:
    """One measured run in this process."""
    people, met = population(name)
    # Compiled loops are loaded before the clock starts.
    match(people[:40], RULES, met, iterations=2000)
    began, worked = time.perf_counter(), time.process_time()
    circles, bound, kind = RUNNERS[runner](people, met, seconds)
    used, cpu = time.perf_counter() - began, time.process_time() - worked
    found = audit(people, RULES, met, circles)
    return {
        "population": Path(name).name,
        "runner": runner,
        "asked": seconds,
        "used": round(used, 2),
        "cores": round(cpu / used, 2) if used else 0,
        "score": round(found.score, 3),
        "bound": round(bound, 3) if bound else None,
        "kind": kind,
        "gap %": round(100 * (1 - found.score / bound), 2) if bound else None,
        "placed": found.placed,
        "people": len(people),
        "broken": len(found.violations),
        "MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--populations", default="normal-50,normal-200,normal-500,tight-500,normal-2000,normal-10000")
    parser.add_argument("--seconds", default="5,30,60")
    parser.add_argument("--runners", default="engine,greedy,chance,cp-sat")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, runner, seconds = options.one.split(",")
        print(json.dumps(run(name, runner, float(seconds))))
        return
    header: list[str] = []
    for name in options.populations.split(","):
        for runner in options.runners.split(","):
            if runner == "cp-sat" and not _can_cp_sat(name):
                continue
            budgets = options.seconds.split(",") if runner in ("engine", "cp-sat") else ["5"]
            for seconds in budgets:
                done = subprocess.run(
                    [sys.executable, __file__, "--one", f"{name},{runner},{seconds}"],
                    capture_output=True, text=True, check=False, env=os.environ,
                )  # fmt: skip
                if done.returncode:
                    print(f"{name} {runner}: {done.stderr.strip().splitlines()[-1]}")
                    continue
                row = json.loads(done.stdout.splitlines()[-1])
                if not header:
                    header = list(row)
                    print("  ".join(f"{column:>11}" for column in header))
                print("  ".join(f"{'' if row[column] is None else row[column]:>11}" for column in header), flush=True)


def _can_cp_sat(name: str) -> bool:
    return importlib.util.find_spec("ortools") is not None and int(Path(name).name.split("-")[1]) <= CP_SAT_PEOPLE


if __name__ == "__main__":
    main()
