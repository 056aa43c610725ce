"""Whether two runs of the same settings came out the same, but for the time they took. usage: compare_runs.py RUN RUN"""

import json
import sys
from pathlib import Path

OF_THE_CLOCK = {"seconds", "samples_per_second", "waited", "time", "steps_per_second"}


def without_clock(value):
    if isinstance(value, dict):
        return {key: without_clock(each) for key, each in value.items() if key not in OF_THE_CLOCK}
    if isinstance(value, list):
        return [without_clock(each) for each in value]
    return value


def log_of(run):
    return [without_clock(json.loads(line)) for line in (run / "log.jsonl").read_text().splitlines()]


def scores_of(run):
    """The scores to the byte, and beside them the network that they are of."""
    found = {}
    for path in sorted((run / "scores").iterdir()):
        found[path.name] = json.loads(path.read_text())["network"] if path.suffix == ".json" else path.read_bytes()
    return found


def main():
    first, second = map(Path, sys.argv[1:3])
    differences = []
    logs = log_of(first), log_of(second)
    if logs[0] != logs[1]:
        differences.append(f"log.jsonl ({len(logs[0])} and {len(logs[1])} lines)")
    for name in ("score.json", "summary.json"):
        scores = [without_clock(json.loads((run / name).read_text())) for run in (first, second)]
        if scores[0] != scores[1]:
            different = [key for key in scores[0] if scores[0].get(key) != scores[1].get(key)]
            differences.append(f"{name} ({', '.join(different)})")
    scores = scores_of(first), scores_of(second)
    different = [name for name in sorted(set(scores[0]) | set(scores[1])) if scores[0].get(name) != scores[1].get(name)]
    differences += [f"scores/{name}" for name in different]
    for difference in differences:
        print(f"compare_runs: {difference} differ", file=sys.stderr)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
