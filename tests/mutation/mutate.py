"""Changes the library by a little, one place at a time, and looks whether its tests notice.

A mutant is a header with one change: another comparison, a constant off by a few percent, an argument swapped, a check,
an early return or a whole statement left out. The tests of that header are compiled alone against it, without
optimisation, until one of them fails. scripts/mutate runs this; docs/testing.md has what came of it.
"""

import argparse
import concurrent.futures
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("control", "directions", "regularizers", "mirror_maps", "step", "solvers", "io")

# The tests of a header, likeliest to notice first. A header that is not named has those of its room.
TESTS_OF_ROOM = {
    "control": ["control/modified_law_test", "control/any_law_test", "step/bind_test", "io/state_fields_test"],
    "directions": ["directions/directions_test", "directions/fixtures_test", "directions/recursions_test",
                   "regularizers/settings_test"],
    "regularizers": ["regularizers/prox_laws_test", "regularizers/settings_test", "regularizers/groups_test",
                     "regularizers/tensor_regularizers_test", "control/quantile_test", "policy/primal_step_test"],
    "mirror_maps": ["mirror_maps/mirror_laws_test", "mirror_maps/implicit_bias_test", "regularizers/settings_test",
                    "policy/primal_step_test"],
    "step": ["step/bind_test", "step/restart_test", "step/work_plan_test", "step/lambda_change_test",
             "step/group_laws_test", "optimizer_test"],
    "solvers": ["solvers/solvers_test", "solvers/linearised_bregman_test", "solvers/stop_rules_test",
                "solvers/counted_work_test", "solvers/regularizers_test", "solvers/mutants_test"],
    "io": ["io/state_file_test", "io/state_fields_test"],
}
TESTS_OF_HEADER = {
    "control/additive": ["control/additive_test"],
    "control/band": ["control/band_test"],
    "control/multiplicative": ["control/multiplicative_test"],
    "control/nupi": ["control/nupi_test"],
    "control/pid": ["control/pid_test"],
    "control/quantile": ["control/quantile_test"],
    "control/fixed": ["control/closed_loop_test"],
    "control/dual_rule": ["step/lambda_change_test"],
    "control/target_schedule": ["control/target_schedule_test"],
    "control/common_settings": ["control/multiplicative_test", "control/additive_test", "control/pid_test",
                                "control/band_test", "control/nupi_test"],
    "control/observation": ["optimizer_test", "control/quantile_test"],
    "step/moving_interval": ["step/moving_interval_test", "step/resume_test"],
    "step/lambda": ["control/quantile_test", "step/group_laws_test", "step/lambda_change_test", "step/bind_test",
                    "step/restart_test", "optimizer_test", "step/resume_test"],
    "step/lambda_change": ["step/lambda_change_test"],
    "step/kernels": ["optimizer_test", "regularizers/groups_test", "control/quantile_test"],
    "step/work_plan": ["step/work_plan_test", "distributed/shares_test"],
    "step/sharing": ["distributed/sharded_test"],
    "step/state_checks": ["io/state_fields_test"],
    "step/state_fields": ["io/state_file_test", "io/state_fields_test"],
    "step/restart": ["step/restart_test"],
    "step/start": ["step/restart_test", "optimizer_test"],
    "step/passes": ["optimizer_test", "step/exceptions_test", "step/bind_test"],
}

COMPILER = ["clang++", "-std=c++20", "-O0", "-w"]


def tests_of(header):
    name = str(header.with_suffix(""))
    room = header.parts[0]
    own = TESTS_OF_HEADER.get(name, [])
    last = ["ranges_test", "defaults_test"] + (["backends/device_steps_test"] if room == "control" else [])  # 20 s
    return own + [test for test in TESTS_OF_ROOM[room] if test not in own] + last


# ---- what is changed -------------------------------------------------------------------------------------------------

SWAPS = [(" <= ", " < "), (" < ", " <= "), (" >= ", " > "), (" > ", " >= "), (" == ", " != "), (" != ", " == "),
         (" + ", " - "), (" - ", " + "), (" * ", " / "), (" / ", " * "), (" += ", " -= "), (" -= ", " += "),
         (" && ", " || "), (" || ", " && "), ("true", "false"), ("false", "true"), ("min(", "max("), ("max(", "min("),
         ("continue;", "break;"), ("!", ""), (" ? ", " ? 0 * ")]
NUMBER = re.compile(r"(?<![\w.\"<])(\d+\.?\d*(?:e-?\d+)?)(f?)(?![\w\"])")
CONDITION = re.compile(r"\b(if|while) \((?!constexpr)(.*)\)")
ARGUMENTS = re.compile(r"(\w+)\(([\w.\[\]]+), ([\w.\[\]]+)([,)])")


def is_code(line):
    text = line.strip()
    return bool(text) and not text.startswith(("//", "#", "///", "static_assert", "template", "using", "namespace", "\"",
                                               "requires", "typename", "friend"))


def without_comment(line):
    return re.sub(r"\s*//.*$", "", line)


def in_string(line, at):
    return line[:at].count('"') % 2 == 1


def statement_at(lines, i):
    """The lines of the statement that begins at line i, where it stands alone and ends with a semicolon."""
    text = lines[i].strip()
    if re.match(r"(return\b|\}|\{|else|case|default|public:|private:|for|while|struct|class|const\b|auto\b|T\b|V\b|index_t\b"
                r"|double\b|bool\b|std::\w+(<|\s+\w+\s*[={;])|static|inline|explicit|BREGMAN|\w+(<.*>)?&?\s+\w+(\(|;|\{| = ))", text):
        return None
    depth = 0
    for j in range(i, min(i + 8, len(lines))):
        code = without_comment(lines[j])
        depth += code.count("(") + code.count("{") - code.count(")") - code.count("}")
        if depth < 0:
            return None
        if depth == 0 and code.rstrip().endswith(";"):
            return j
        if depth == 0 and j > i:
            return None
    return None


def places_in(lines):
    """All changes (first line, last line, new lines, words) of a header."""
    found = []
    for i, line in enumerate(lines):
        if not is_code(line):
            continue
        code = without_comment(line)
        for old, new in SWAPS:
            start = 0
            while (at := code.find(old, start)) >= 0:
                start = at + len(old)
                if in_string(code, at):
                    continue
                if old in ("true", "false", "min(", "max(") and at > 0 and (code[at - 1].isalnum() or code[at - 1] in "_"):
                    continue
                if old == "!" and code[at + 1:at + 2] == "=":
                    continue
                if old in (" < ", " > ") and "template" in code:
                    continue
                found.append((i, i, [code[:at] + new + code[at + len(old):]], f"'{old.strip()}' -> '{new.strip()}'"))
        for match in NUMBER.finditer(code):
            if in_string(code, match.start()):
                continue
            text, suffix = match.groups()
            values = [repr(float(text) * factor) for factor in (1.05, 0.95)] if "." in text or "e" in text else \
                [str(int(text) + 1)] + ([str(int(text) - 1)] if int(text) > 0 else [])
            for value in values:
                if float(value) != float(text):
                    found.append((i, i, [code[:match.start()] + value + suffix + code[match.end():]], f"{text} -> {value}"))
        for match in CONDITION.finditer(code):
            if code.count("(") == code.count(")"):
                found.append((i, i, [code[:match.start()] + f"{match.group(1)} (!({match.group(2)}))" + code[match.end():]],
                              "condition negated"))
        for match in ARGUMENTS.finditer(code):
            name, first, second, end = match.groups()
            if first != second and not in_string(code, match.start()) and name not in ("min", "max"):
                found.append((i, i, [code[:match.start()] + f"{name}({second}, {first}{end}" + code[match.end():]],
                              f"arguments of {name} swapped"))
        if re.match(r"\s*if \(.*\) (return|continue|break)\b.*;", code):
            found.append((i, i, [""], "early way out left out"))
        last = statement_at(lines, i)
        if last is not None and "(" in code:
            found.append((i, last, [""], "statement left out"))
    return found


# ---- what is run -----------------------------------------------------------------------------------------------------

class workplace:
    """A copy of the headers for one worker, and what tests are compiled with."""

    def __init__(self, folder):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ROOT / "include", folder / "include")
        overlay = folder / "overlay" / "support"
        overlay.mkdir(parents=True)
        # What is compiled once in the suite must be compiled from the mutant here: the declarations without `extern`.
        text = (ROOT / "tests/support/common_optimizers.hpp").read_text()
        (overlay / "common_optimizers.hpp").write_text(re.sub(r"extern template class .*?;\n", "", text, flags=re.S))

    def build(self, test, program):
        # A copy, beside which the compiler does not find support/common_optimizers.hpp before the overlay's.
        source = ROOT / "tests" / f"{test}.cpp"
        shutil.copy(source, self.folder / "test.cpp")
        flags = ["-fopenmp"] if "exceptions" in test else ["-include-pch", PRECOMPILED]
        if "backends/" in test:
            flags.append("-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP")
        return subprocess.run(
            COMPILER + flags + [f"-I{self.folder}/overlay", f"-I{self.folder}/include", f"-I{ROOT}/tests",
                                f"-I{source.parent}", "-isystem", "/usr/include/eigen3", "-DBOOST_TEST_DYN_LINK",
                                str(self.folder / "test.cpp"), *OBJECTS, "-o", str(program),
                                "-lboost_unit_test_framework"], capture_output=True, text=True)


OBJECTS = []
PRECOMPILED = ""

# One failed check tells as much as all of them, and what is wrong may take long.
STOP_AT_THE_FIRST = """
#include <boost/test/unit_test.hpp>
#include <cstdlib>
struct stop_at_the_first : boost::unit_test::test_observer {
    stop_at_the_first() { boost::unit_test::framework::register_observer(*this); }
    ~stop_at_the_first() { boost::unit_test::framework::deregister_observer(*this); }
    void assertion_result(boost::unit_test::assertion_result result) override {
        if (result == boost::unit_test::AR_FAILED) std::_Exit(201);
    }
    void exception_caught(const boost::execution_exception&) override { std::_Exit(201); }
};
BOOST_TEST_GLOBAL_FIXTURE(stop_at_the_first);
"""


def prepare(folder):
    """main() and what tests link beside the library, from the headers as they are; what no mutant changes, once."""
    global PRECOMPILED
    (folder / "others.hpp").write_text("#include <boost/test/unit_test.hpp>\n#include <Eigen/Core>\n#include <fstream>\n"
                                       "#include <functional>\n#include <filesystem>\n#include <map>\n#include <variant>\n")
    PRECOMPILED = str(folder / "others.pch")
    subprocess.run(COMPILER + ["-isystem", "/usr/include/eigen3", "-DBOOST_TEST_DYN_LINK", "-x", "c++-header",
                               str(folder / "others.hpp"), "-o", PRECOMPILED], check=True)
    (folder / "stop_at_the_first.cpp").write_text(STOP_AT_THE_FIRST)
    for source in ("main.cpp", "support/eigen_svd.cpp", "support/noise_run.cpp", folder / "stop_at_the_first.cpp"):
        target = folder / (Path(source).stem + ".o")
        subprocess.run(COMPILER[:2] + ["-O1", "-w", f"-I{ROOT}/include", f"-I{ROOT}/tests", "-isystem", "/usr/include/eigen3",
                                       "-DBOOST_TEST_DYN_LINK", "-c", str(ROOT / "tests" / source), "-o", str(target)],
                       check=True)
        OBJECTS.append(str(target))


def run(place, test):
    """'passed', 'failed' or 'does not compile'."""
    program = place.folder / "program"
    if place.build(test, program).returncode != 0:
        return "does not compile"
    try:
        result = subprocess.run([str(program)], capture_output=True, timeout=90, cwd=place.folder)
    except subprocess.TimeoutExpired:
        return "failed"
    return "passed" if result.returncode == 0 else "failed"


def try_mutant(place, header, change):
    first, last, new, words = change
    path = place.folder / "include/bregman" / header
    original = (ROOT / "include/bregman" / header).read_text()
    lines = original.split("\n")
    report = {"header": str(header), "line": first + 1, "change": words, "before": lines[first].strip(),
              "after": new[0].strip(), "old_lines": lines[first:last + 1], "new_lines": new, "tests": 0}
    path.write_text("\n".join(lines[:first] + new + lines[last + 1:]))
    try:
        for test in tests_of(header):
            outcome = run(place, test)
            if outcome == "does not compile":
                return None
            report["tests"] += 1
            if outcome == "failed":
                return report | {"noticed_by": test}
        return report | {"noticed_by": None}
    finally:
        path.write_text(original)


def survivors_of(path):
    """The mutants of a report that no test noticed, where their lines are by now."""
    found = []
    for report in json.loads(Path(path).read_text())["survivors"]:
        header, old = Path(report["header"]), report["old_lines"]
        lines = (ROOT / "include/bregman" / header).read_text().split("\n")
        at = [i for i in range(len(lines)) if lines[i:i + len(old)] == old]
        if not at:
            print(f"mutate: {header}:{report['line']} is no longer there: {old[0].strip()}")
            continue
        first = min(at, key=lambda i: abs(i + 1 - report["line"]))
        found.append((header, (first, first + len(old) - 1, report["new_lines"], report["change"])))
    return found


def draw(given):
    random.seed(given.seed)
    headers = sorted(p.relative_to(ROOT / "include/bregman") for room in ROOMS
                     for p in (ROOT / "include/bregman" / room).glob("*.hpp") if given.only in str(p))
    changes = {h: places_in((ROOT / "include/bregman" / h).read_text().split("\n")) for h in headers}
    headers = [h for h in headers if changes[h]]
    drawn = []
    for changes_of in changes.values():
        random.shuffle(changes_of)
    while any(changes.values()) and len(drawn) < 4 * given.mutants:  # headers alike, whatever their length
        header = random.choice(headers)
        if changes[header]:
            drawn.append((header, changes[header].pop()))
    print(f"mutate: seed {given.seed}, {sum(map(len, changes.values())) + len(drawn)} places in {len(headers)} headers")
    return drawn


def write(given, reports, tried, begin):
    """The report so far: a campaign takes an hour, and its survivors can be looked at before it ends."""
    survivors = [r for r in reports if not r["noticed_by"]]
    result = {"seed": given.seed, "tried": tried, "compiled": len(reports), "noticed": len(reports) - len(survivors),
              "seconds": round(time.time() - begin), "survivors": survivors, "mutants": reports}
    target = ROOT / "results/mutation.json"
    target.with_suffix(".json.part").write_text(json.dumps(result, indent=1))
    target.with_suffix(".json.part").rename(target)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=120, help="how many that compile (default 120)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default 1)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at once (default: the processors)")
    parser.add_argument("--again", default="", metavar="FILE", help="the survivors of this earlier report")
    parser.add_argument("--only", default="", help="part of a header's path, for instance control/")
    given = parser.parse_args()
    folder = ROOT / "results/mutation"
    folder.mkdir(parents=True, exist_ok=True)
    prepare(folder)

    drawn = survivors_of(given.again) if given.again else draw(given)
    if given.again:
        given.mutants = len(drawn)

    places = [workplace(folder / f"worker_{j}") for j in range(given.jobs)]
    free, reports, tried = list(places), [], 0

    def work(item):
        place = free.pop()
        try:
            return try_mutant(place, *item)
        finally:
            free.append(place)

    def without_a_change(test):
        place = free.pop()
        try:
            return test, run(place, test)
        finally:
            free.append(place)

    # A test that fails anyway would notice everything, and one that does not compile would make no mutant compile.
    tests = sorted({test for header, _ in drawn for test in tests_of(header)})
    print(f"mutate: {len(tests)} tests on the headers as they are", flush=True)
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        broken = [f"{test}: {outcome}" for test, outcome in pool.map(without_a_change, tests) if outcome != "passed"]
    if broken:
        print("mutate: without a change, too: " + ", ".join(broken), file=sys.stderr)
        return 1

    begin = time.time()
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        pending, queue = set(), iter(drawn)
        while len(reports) < given.mutants:
            while len(pending) < given.jobs and (item := next(queue, None)) is not None:
                pending.add(pool.submit(work, item))
            if not pending:
                break
            done, pending = concurrent.futures.wait(pending, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                tried += 1
                if (report := future.result()) is None:
                    continue
                reports.append(report)
                left = (time.time() - begin) / len(reports) * (given.mutants - len(reports))
                survived = "" if report["noticed_by"] else f"  SURVIVED {report['header']}:{report['line']}: " \
                    f"{report['change']}: {report['before'][:100]}"
                if not given.again:  # which has the only list of the survivors still to come
                    write(given, reports, tried, begin)
                print(f"mutate: {len(reports)} of {given.mutants}, {left / 60:.0f} min left{survived}", flush=True)
        for future in pending:
            future.cancel()

    result = write(given, reports, tried, begin)
    for place in places:
        shutil.rmtree(place.folder)
    print(f"mutate: {result['noticed']} of {result['compiled']} noticed; wrote results/mutation.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
