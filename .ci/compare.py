"""Prints what datatrove and tamis need for the same documents, and which they keep."""

import json
import os
import pathlib
import subprocess
import sys

tamis, texts, work = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3])

FILTERS = """
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

def gone(name):
    return JsonlWriter(f"{out}/gone/{name}", compression=None)

LocalPipelineExecutor([
    JsonlReader(texts_folder, glob_pattern=texts_name),
    GopherRepetitionFilter(exclusion_writer=gone("gopher_repetition")),
    GopherQualityFilter(exclusion_writer=gone("gopher_quality")),
    C4QualityFilter(filter_no_terminal_punct=False, exclusion_writer=gone("c4")),
    FineWebQualityFilter(exclusion_writer=gone("fineweb")),
    JsonlWriter(f"{out}/kept", compression=None),
], tasks=1, workers=1, logging_dir=f"{out}/logs").run()
"""

MINHASH = """
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

config = MinhashConfig()
reader = JsonlReader(texts_folder, glob_pattern=texts_name)
stages = [
    [reader, MinhashDedupSignature(f"{out}/signatures", config=config)],
    [MinhashDedupBuckets(f"{out}/signatures", f"{out}/buckets", config=config)],
    [MinhashDedupCluster(f"{out}/buckets", f"{out}/remove", config=config)],
    [reader, MinhashDedupFilter(f"{out}/remove"), JsonlWriter(f"{out}/kept", compression=None)],
]
for i, pipeline in enumerate(stages):
    tasks = config.num_buckets if i == 1 else 1
    LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{out}/logs{i}").run()
"""

RECIPES = {
    "four filters": "[gopher_repetition, gopher_quality, c4: {terminal_punctuation: false}, fineweb]",
    "MinHash": "[minhash: {preset: datatrove, verify: false}]",
}


def measured(name, command):
    """Runs a command on one core; returns its CPU seconds and peak memory in MB."""
    log = work / "log.txt"
    with log.open("w") as said:
        child = subprocess.Popen(["taskset", "-c", "0", *command], stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{name}: exit status {status}\n{log.read_text()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def datatrove(name, script):
    out = work / f"datatrove-{name}"
    file = work / "pipeline.py"
    file.write_text(f"out, texts_folder, texts_name = {str(out)!r}, {str(texts.parent)!r}, {texts.name!r}\n"
                    f"if __name__ == '__main__':\n    exec({script!r})\n")
    cost = measured(f"datatrove, {name}", [sys.executable, str(file)])
    return cost, kept(out / "kept"), out


def run_tamis(name, steps):
    out = work / f"tamis-{name}".replace(" ", "-")
    file = work / f"{out.name}.yaml"
    file.write_text(f"splitter: spacy\nsources: [{{name: a, paths: ['{texts}']}}]\nsteps: {steps}\n"
                    f"output: {{dir: '{out}', format: jsonl, rejects: all}}\n")
    cost = measured(f"tamis, {name}", [tamis, "run", "--quiet", "--workers", "1", str(file)])
    return cost, kept(out / "data"), out


def kept(folder):
    return {json.loads(line)["id"] for f in sorted(folder.iterdir()) for line in f.open()}


def reasons(out):
    """Why datatrove removed each document."""
    why = {}
    for file in (out / "gone").rglob("*.jsonl"):
        for line in file.open():
            row = json.loads(line)
            why[row["id"]] = f"{file.parent.name}: {row['metadata'].get('filter_reason')}"
    return why


size = sum(len(json.loads(line)["text"].encode()) for line in texts.open()) / 1e6
count = sum(1 for _ in texts.open())
print(f"{count} documents, {size:.1f} MB of text\n")
print("| job | program | documents kept | CPU seconds | MB/s per core | peak MB |\n|---|---|---|---|---|---|")
differences = []
for name, script in [("four filters", FILTERS), ("MinHash", MINHASH)]:
    theirs = datatrove(name, script)
    mine = run_tamis(name, RECIPES[name])
    for program, ((seconds, peak), ids, _) in [("datatrove", theirs), ("tamis", mine)]:
        print(f"| {name} | {program} | {len(ids)} | {seconds:.1f} | {size / seconds:.1f} | {peak:.0f} |")
    differences.append((name, theirs, mine))
for name, (_, a, out), (_, b, mine) in differences:
    print(f"\n{name}: {len(a & b)} kept by both, {len(a - b)} by datatrove alone, {len(b - a)} by tamis alone")
    if name == "MinHash":
        continue
    why = reasons(out)
    for i in sorted(b - a)[:50]:
        print(f"  {i}: datatrove: {why.get(i)}")
    for i in sorted(a - b)[:50]:
        explained = json.loads(subprocess.run([tamis, "explain", str(work / "tamis-four-filters.yaml"), "--id", i, "--json"],
                                              capture_output=True, text=True, check=True).stdout)
        rules = [f"{s['name']}.{r['name']} = {r['value']}" for s in explained["steps"] for r in s["rules"] if not r["keeps"]]
        print(f"  {i}: tamis: {', '.join(rules)}")
