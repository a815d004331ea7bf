"""Near-duplicates by several programs over the same documents, one core each: CPU seconds,
peak memory, and recall and precision against the exact Jaccard similarity of all pairs.

A pair at 0.8 or more counts as found where at least one of its two documents is gone; a
document is gone for a reason where another one lies at 0.8 or more."""

import collections
import json
import math
import os
import pathlib
import re
import subprocess
import sys

tamis, texts, work = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])
THRESHOLD = 0.8

SHINGLES = """
import json, re
def documents():
    for line in open(texts):
        row = json.loads(line)
        words = re.findall(r"\\w+", row["text"].lower())
        yield row["id"], row["text"], [" ".join(words[i:i + 5]) for i in range(max(1, len(words) - 4))] if words else []
"""

DATASKETCH = SHINGLES + """
from datasketch import MinHash, MinHashLSH
lsh, kept = MinHashLSH(threshold=0.8, num_perm=128), []
for i, _, shingles in documents():
    m = MinHash(num_perm=128)
    m.update_batch([s.encode() for s in set(shingles)])
    if not shingles or not lsh.query(m):
        lsh.insert(i, m)
        kept.append(i)
json.dump(kept, open(out, "w"))
"""

RENSA = SHINGLES + """
from rensa import RMinHash, RMinHashLSH
lsh, kept, n = RMinHashLSH(threshold=0.8, num_perm=128, num_bands=16), [], 0
for i, _, shingles in documents():
    m = RMinHash(num_perm=128, seed=42)
    m.update(shingles)
    if not shingles or not lsh.query(m):
        lsh.insert(n, m)
        kept.append(i)
        n += 1
json.dump(kept, open(out, "w"))
"""

TEXT_DEDUP = """
import json
from text_dedup.minhash import main
folder = out + ".dataset"
main.main(["--path", "json", "--data_files", texts, "--split", "train", "--cache_dir", folder + ".cache",
            "--output", folder, "--column", "text", "--ngram", "5", "--min_length", "0", "--num_perm", "128", "--threshold", "0.8",
            "--hash_func", "xxh3", "--num_proc", "1"], standalone_mode=False)
import datasets
json.dump(datasets.load_from_disk(folder)["id"][:], open(out, "w"))
"""

# The models that SemHash takes by default are downloads; the vectors here are made of
# hashed words, on the spot.
SEMHASH = SHINGLES + """
import numpy, xxhash
from semhash import SemHash
class Encoder:
    def encode(self, inputs, **_):
        out = numpy.zeros((len(inputs), 256), dtype=numpy.float32)
        for row, s in zip(out, inputs):
            for w in re.findall(r"\\w+", s.lower()):
                h = xxhash.xxh3_64_intdigest(w.encode())
                row[h % 256] += 1 if h >> 63 else -1
        return out
rows = [{"id": i, "text": t or " "} for i, t, _ in documents()]
hashed = SemHash.from_records(rows, columns=["text"], model=Encoder())
json.dump([r["id"] for r in hashed.self_deduplicate(threshold=0.98).selected], open(out, "w"))
"""


def measured(name, command):
    """Runs a command on one core; returns its CPU seconds and peak memory in MB."""
    log = work / "log.txt"
    one = {"OMP_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    with log.open("w") as said:
        child = subprocess.Popen(["taskset", "-c", "0", *command], stdout=said, stderr=said, env={**os.environ, **one})
        _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        print(f"{name}: exit status {status}\n{log.read_text()[-2000:]}", file=sys.stderr)
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def run_python(name, script):
    file, out = work / "near.py", work / f"{name}.json"
    file.write_text(f"out, texts = {str(out)!r}, {str(texts)!r}\n{script}")
    cost = measured(name, [sys.executable, str(file)])
    return cost, set(json.loads(out.read_text())) if cost else set()


def run_tamis(name, step):
    out, file = work / f"near-{name}", work / f"near-{name}.yaml"
    file.write_text(f"sources: [{{name: a, paths: ['{texts}']}}]\nsteps: [{step}]\n"
                    f"output: {{dir: '{out}', format: jsonl, rejects: none}}\n")
    cost = measured(name, [tamis, "run", "--quiet", "--workers", "1", str(file)])
    return cost, {json.loads(line)["id"] for f in sorted((out / "data").iterdir()) for line in f.open()} if cost else set()


def exact_pairs():
    """All pairs at the threshold: shingles in one order, the rarest first, of which pairs
    that reach it must have one in common among the first (1 - threshold) of each."""
    sets, count = [], collections.Counter()
    for line in texts.open():
        words = re.findall(r"\w+", json.loads(line)["text"].lower())
        shingles = {hash(" ".join(words[i:i + 5])) for i in range(max(1, len(words) - 4))} if words else set()
        sets.append(shingles)
        count.update(shingles)
    found, index = [], collections.defaultdict(list)
    for i, s in enumerate(sets):
        first = sorted(s, key=lambda x: (count[x], x))[:len(s) - math.ceil(THRESHOLD * len(s)) + 1]
        near = {j for x in first for j in index[x]}
        for j in near:
            both = len(s & sets[j])
            if both >= THRESHOLD * (len(s) + len(sets[j]) - both):
                found.append((j, i))
        for x in first:
            index[x].append(i)
    return found


JOBS = [
    ("tamis minhash", lambda: run_tamis("minhash", "minhash")),
    ("datasketch", lambda: run_python("datasketch", DATASKETCH)),
    ("rensa", lambda: run_python("rensa", RENSA)),
    ("text-dedup", lambda: run_python("text-dedup", TEXT_DEDUP)),
    ("tamis semantic, epsilon 0.02", lambda: run_tamis("semantic-2", "semantic: {epsilon: 0.02}")),
    ("tamis semantic, epsilon 0.04", lambda: run_tamis("semantic-4", "semantic: {epsilon: 0.04}")),
    ("SemHash, hashed words", lambda: run_python("semhash", SEMHASH)),
]
# First all programs, then the truth: a child's peak memory begins with that of its parent.
results = [(name, *job()) for name, job in JOBS]
ids = [json.loads(line)["id"] for line in texts.open()]
pairs = exact_pairs()
in_pair = {ids[i] for p in pairs for i in p}
print(f"\n{len(ids)} documents, {texts.stat().st_size / 1e6:.1f} MB, {len(pairs)} pairs at a Jaccard similarity of {THRESHOLD} or more\n")
print("| program | documents removed | CPU seconds | peak MB | recall of pairs | precision of removals |\n|---|---|---|---|---|---|")
for name, cost, kept in results:
    if cost is None:
        print(f"| {name} | failed | | | | |")
        continue
    gone = set(ids) - kept
    recall = sum(1 for a, b in pairs if ids[a] in gone or ids[b] in gone) / max(1, len(pairs))
    precision = len(gone & in_pair) / max(1, len(gone))
    print(f"| {name} | {len(gone)} | {cost[0]:.1f} | {cost[1]:.0f} | {recall:.4f} | {precision:.4f} |")
