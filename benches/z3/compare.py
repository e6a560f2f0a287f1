#!/usr/bin/env python3
"""The same questions about rule lists, put to azreach's sets and to the Z3 solver: verdicts must agree; ratios of times.

Needs the solver's bindings (`pip install z3-solver`) and the example of this repository:

    cargo build --release --example rule_questions
    python3 benches/z3/compare.py --program target/release/examples/rule_questions [--rules 200 800] [--seed 1 2 3]

A file of one's own: `--file chain.json`, a list of lists of rules, each rule
{"src": [first, last], "dst": [first, last], "proto": 6 | 17 | 1 | null, "sport": [first, last], "dport": [first, last], "allow": bool};
the first rule that matches decides, all lists of the chain must allow, each list ends with a rule for everything.

Questions: reach (may anything pass between the ends), port22 (on TCP 22), contract (does everything pass on TCP 443), and whether one
list means the same as a version of itself: same (with a rule that never decides), flip (one rule turned round), rewrite (in other
words), chainsame (the whole chain with that list in other words). Nothing of the build or the tests needs this script.
"""
import argparse
import json
import math
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import z3
except ImportError:
    sys.exit("this script needs z3-solver: pip install z3-solver")

WIDTHS = {"src": 32, "dst": 32, "sport": 16, "dport": 16}
EVERYTHING = {name: [0, 2**width - 1] for name, width in WIDTHS.items()}
PACKET = {name: z3.BitVec(name, width) for name, width in WIDTHS.items()} | {"proto": z3.BitVec("proto", 8)}


# ------------------------------------------------------------------ lists to ask about

def prefix(address, length):
    size = 2 ** (32 - length)
    first = address // size * size
    return [first, first + size - 1]


def generated(count, seed):
    """Four lists as a packet meets them: out of a NIC, out of its subnet, into a subnet, into a NIC."""
    dice = random.Random(f"{count} {seed}")
    inside = [prefix((10 << 24) + dice.randrange(2**22), 24) for _ in range(40)]
    outside = [prefix(dice.randrange(20 << 24, 60 << 24), dice.choice([16, 20, 24, 29])) for _ in range(200)]

    def end(local):
        home = dice.choice(inside)
        kinds = [home, prefix(home[0] + dice.randrange(256), 32), prefix(home[0], 16), EVERYTHING["src"]]
        near = dice.choices(kinds, [45, 30, 15, 10])[0]
        return near if local or dice.random() < 0.5 else dice.choice(outside)

    def ports():
        shape = dice.random()
        if shape < 0.2:
            return EVERYTHING["dport"]
        if shape < 0.4:
            first = dice.randrange(1024, 60000)
            return [first, first + dice.randrange(1, 4000)]
        return [dice.choice([22, 53, 80, 443, 1433, 3389, 5432, 8080, 9092])] * 2

    def rule(outbound):
        near, far = end(True), end(False)
        return {
            "src": near if outbound else far,
            "dst": far if outbound else near,
            "proto": dice.choices([6, 17, None], [70, 15, 15])[0],
            "sport": EVERYTHING["sport"],
            "dport": ports(),
            "allow": dice.random() < 0.7,
        }

    network = prefix(10 << 24, 8)
    ends = [
        EVERYTHING | {"src": network, "dst": network, "proto": None, "allow": True},
        EVERYTHING | {"proto": None, "allow": False},
    ]
    return [[rule(outbound) for _ in range(count)] + ends for outbound in (True, True, False, False)]


def meet(one, other):
    if None not in (one["proto"], other["proto"]) and one["proto"] != other["proto"]:
        return False
    return all(max(one[name][0], other[name][0]) <= min(one[name][1], other[name][1]) for name in WIDTHS)


def in_other_words(rules, seed=7):
    """Neighbours change places where that changes nothing; ranges of addresses are cut in two."""
    dice = random.Random(seed)
    body, last = list(rules[:-1]), rules[-1]
    for _ in range(15 * len(body)):
        at = dice.randrange(len(body) - 1)
        if body[at]["allow"] == body[at + 1]["allow"] or not meet(body[at], body[at + 1]):
            body[at], body[at + 1] = body[at + 1], body[at]
    told = []
    for rule in body:
        side = dice.choice(["src", "dst"])
        first, end = rule[side]
        if first < end and dice.random() < 0.3:
            middle = (first + end) // 2
            told += [rule | {side: [first, middle]}, rule | {side: [middle + 1, end]}]
        else:
            told.append(rule)
    return told + [last]


def document(chain):
    at = min(2, len(chain) - 1)
    rules = chain[at]
    turned = len(rules) // 3
    return {
        "chain": chain,
        "at": at,
        # A rule twice: the second never decides.
        "redundant": rules[:-1] + [rules[len(rules) // 2]] + rules[-1:],
        "flipped": [rule | {"allow": rule["allow"] ^ (place == turned)} for place, rule in enumerate(rules)],
        "rewritten": in_other_words(rules),
        "src": chain[0][0]["src"],
        "dst": chain[-1][0]["dst"],
    }


# ------------------------------------------------------------------ what the solver is told

def within(name, bounds):
    first, last = bounds
    field = PACKET[name]
    if bounds == EVERYTHING[name]:
        return []
    if first == last:
        return [field == first]
    size = last - first + 1
    if size & (size - 1) == 0 and first % size == 0:
        # A prefix: its leading bits are fixed, which solvers like better than two comparisons.
        low = size.bit_length() - 1
        return [z3.Extract(WIDTHS[name] - 1, low, field) == first >> low]
    return [z3.ULE(first, field), z3.ULE(field, last)]


def matches(rule):
    parts = [part for name in WIDTHS for part in within(name, rule[name])]
    if rule["proto"] is not None:
        parts.append(PACKET["proto"] == rule["proto"])
    return z3.And(parts)


def allows(rules):
    """From the last rule up: a rule decides, else what comes after it."""
    formula = z3.BoolVal(False)
    for rule in reversed(rules):
        decides = matches(rule)
        formula = z3.Or(decides, formula) if rule["allow"] else z3.And(z3.Not(decides), formula)
    return formula


def questions(doc):
    chain, at = doc["chain"], doc["at"]
    ends = within("src", doc["src"]) + within("dst", doc["dst"])

    def tcp(port):
        return [PACKET["proto"] == 6, PACKET["dport"] == port]

    def all_allow(lists):
        return z3.And([allows(rules) for rules in lists])

    def against(name):
        return [allows(chain[at]) != allows(doc[name])]

    changed = chain[:at] + [doc["rewritten"]] + chain[at + 1:]
    return {
        "reach": (lambda: ends + [all_allow(chain)], ("some", "none")),
        "port22": (lambda: ends + tcp(22) + [all_allow(chain)], ("some", "none")),
        "contract": (lambda: ends + tcp(443) + [z3.Not(all_allow(chain))], ("broken", "holds")),
        "same": (lambda: against("redundant"), ("differ", "equal")),
        "flip": (lambda: against("flipped"), ("differ", "equal")),
        "rewrite": (lambda: against("rewritten"), ("differ", "equal")),
        "chainsame": (lambda: [all_allow(chain) != all_allow(changed)], ("differ", "equal")),
    }


def solved(build, words, repeat, limit):
    times, verdict = [], "timeout"
    for _ in range(repeat):
        solver = z3.SolverFor("QF_BV")
        solver.set("timeout", limit * 1000)
        solver.add(build())
        begun = time.perf_counter()
        found = solver.check()
        times.append((time.perf_counter() - begun) * 1000)
        verdict = {"sat": words[0], "unsat": words[1]}.get(str(found), "timeout")
        if times[-1] > 20_000:
            break
    return verdict, statistics.median(times)


# ------------------------------------------------------------------ both, side by side

def asked(program, doc, repeat):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(doc, file)
        file.flush()
        return json.loads(subprocess.run([program, file.name, str(repeat)], check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="target/release/examples/rule_questions")
    parser.add_argument("--file", help="a chain of one's own")
    parser.add_argument("--rules", type=int, nargs="+", default=[200])
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--timeout", type=int, default=120, metavar="SECONDS")
    arguments = parser.parse_args()
    if arguments.file:
        chains = {arguments.file: json.loads(pathlib.Path(arguments.file).read_text())}
    else:
        chains = {f"{count} rules, seed {seed}": generated(count, seed) for count in arguments.rules for seed in arguments.seed}
    ratios, wrong = {}, 0
    for name, chain in chains.items():
        doc = document(chain)
        own = asked(arguments.program, doc, max(5, arguments.repeat))
        for question, (build, words) in questions(doc).items():
            verdict, milliseconds = solved(build, words, arguments.repeat, arguments.timeout)
            mine = own[question]
            # What took too long is told, and no agreement.
            agrees = verdict == mine["verdict"]
            wrong += not agrees and verdict != "timeout"
            ratio = milliseconds / mine["ms"]
            ratios.setdefault(question, []).append(ratio)
            mark = "" if agrees else "  <-- " + ("no answer" if verdict == "timeout" else "DISAGREES")
            print(f"{name:24} {question:10} {mine['verdict']:7} {mine['ms']:10.4f} ms   z3 {verdict:7} {milliseconds:10.1f} ms   {ratio:10.0f} times{mark}", flush=True)
    for question, all_of_it in ratios.items():
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in all_of_it))
        print(f"{question:10} geometric mean {mean:.0f}, least {min(all_of_it):.0f}")
    if wrong:
        sys.exit(f"{wrong} verdicts disagree")


if __name__ == "__main__":
    main()
