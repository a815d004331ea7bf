"""Reads shards of tamis with the programs that its users have, and compares rows, types and texts."""

import datetime
import decimal
import json
import pathlib
import subprocess
import sys

import datasets
import duckdb
import mlcroissant
import polars
import pyarrow as pa
import pyarrow.parquet as pq

tamis, work = sys.argv[1], pathlib.Path(sys.argv[2])


def run(name, recipe):
    file = work / f"{name}.yaml"
    file.write_text(recipe)
    subprocess.run([tamis, "run", "--quiet", file], check=True)


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}: got {got!r}, want {want!r}")
    print("ok", what)


def copy(name, source, format):
    """Copies a file without a step and returns the run's shards."""
    run(name, f"sources: [{{name: a, paths: ['{source}']}}]\nsteps: []\n"
              f"output: {{dir: '{work}/{name}', format: {format}, max_documents: 7}}\n")
    return sorted((work / name / "data").iterdir())


def all_types():
    """A table with every kind of column that pyarrow's users have."""
    n = 20
    day = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
    some = lambda f: [None if i % 5 == 4 else f(i) for i in range(n)]
    return pa.table({
        "id": pa.array([f"row-{i}" for i in range(n)]),
        "text": pa.array([f"text {i} \u00e9 \U0001F600\n\"quoted\"" for i in range(n)]),
        "int8": pa.array(some(lambda i: i - 10), pa.int8()),
        "uint64": pa.array(some(lambda i: 2**64 - 1 - i), pa.uint64()),
        "float": pa.array(some(lambda i: i / 3), pa.float32()),
        "bool": pa.array(some(lambda i: i % 2 == 0)),
        "binary": pa.array(some(lambda i: bytes([0, 255, i])), pa.binary()),
        "fixed": pa.array(some(lambda i: bytes([i, 1, 2])), pa.binary(3)),
        "decimal": pa.array(some(lambda i: decimal.Decimal(i * 12345678901234567890) / 1000), pa.decimal128(30, 3)),
        "date": pa.array(some(lambda i: day.date()), pa.date32()),
        "time": pa.array(some(lambda i: day), pa.timestamp("us", tz="UTC")),
        "nanos": pa.array(some(lambda i: i * 10**9 + 1), pa.timestamp("ns")),
        "list": pa.array(some(lambda i: [[1, i], [], None]), pa.list_(pa.list_(pa.int64()))),
        "struct": pa.array(some(lambda i: {"a": i, "b": {"c": None if i % 2 else "x"}})),
        "structs": pa.array(some(lambda i: [{"k": "a", "v": i}, None])),
        "map": pa.array(some(lambda i: [("a", [i, None]), ("b", None)]), pa.map_(pa.string(), pa.list_(pa.int32()))),
        "large": pa.array(some(lambda i: "x" * i), pa.large_string()),
        "words": pa.array(some(lambda i: ["red", "green"][i % 2])).dictionary_encode(),
    }, metadata={"made by": "interop"})


def passes_through():
    for name, options in {"v1": {"data_page_version": "1.0", "compression": "snappy"},
                          "v2": {"data_page_version": "2.0", "compression": "zstd", "data_page_size": 64},
                          "groups": {"row_group_size": 3, "use_dictionary": False, "compression": "gzip"}}.items():
        table = all_types()
        source = work / f"types-{name}.parquet"
        pq.write_table(table, source, **options)
        shards = copy(f"types-{name}", source, "parquet")
        got = pa.concat_tables([pq.read_table(s) for s in shards])
        same(f"{name}: rows", got.num_rows, table.num_rows)
        for column in table.column_names:
            same(f"{name}: {column}: type", got.schema.field(column).type, table.schema.field(column).type)
            same(f"{name}: {column}", got[column].to_pylist(), table[column].to_pylist())
        same(f"{name}: metadata", got.schema.metadata.get(b"made by"), b"interop")


def documents():
    for i in range(20):
        yield {"id": f"d{i}", "text": f"Zeile {i}: \u4e2d\u6587 \U0001F600 \"x\"\n", "url": f"https://example.org/{i}",
               "meta": {"score": i / 4, "tags": ["a", "b"][: i % 3], "none": None}, "big": 2**53 + i}


def readers():
    source = work / "in.jsonl"
    source.write_text("".join(json.dumps(d, ensure_ascii=False) + "\n" for d in documents()))
    want = [d["text"] for d in documents()]
    for format in ["parquet", "jsonl.zst", "jsonl.gz", "jsonl"]:
        shards = copy(f"read-{format}", source, format)
        files = [str(s) for s in shards]
        folder = str(shards[0].parent)
        loaded = datasets.load_dataset(folder, cache_dir=str(work / "cache"))["train"]
        same(f"datasets, {format}", list(loaded["text"]), want)
        same(f"datasets, {format}: added column", loaded[0]["tamis"], {"source": "a"})
        names = ", ".join(f"'{f}'" for f in files)
        reader = "read_parquet" if format == "parquet" else "read_json"
        rows = duckdb.sql(f"select text, big, meta.score, tamis.source from {reader}([{names}]) order by big").fetchall()
        same(f"DuckDB, {format}", rows, [(d["text"], d["big"], d["meta"]["score"], "a") for d in documents()])
        if format == "parquet":
            same("pyarrow", [t for f in files for t in pq.read_table(f)["text"].to_pylist()], want)
            frame = polars.concat([polars.read_parquet(f) for f in files])
        elif format == "jsonl.zst":
            continue  # polars reads no zstd around JSON
        else:
            frame = polars.concat([polars.read_ndjson(f) for f in files])
        same(f"polars, {format}", frame["text"].to_list(), want)


def card():
    """The run directory as a whole is a dataset: its card names the shards, not the files beside them."""
    for format in ["parquet", "jsonl.zst"]:
        folder = work / f"read-{format}"
        rows = datasets.load_dataset(str(folder), cache_dir=str(work / "cache"))["train"].num_rows
        same(f"dataset card, {format}", rows, len(list(documents())))
        described = mlcroissant.Dataset(jsonld=str(folder / "croissant.json")).metadata
        same(f"croissant, {format}: errors", list(described.ctx.issues.errors), [])
        same(f"croissant, {format}: files", len(described.distribution), len(list((folder / "data").iterdir())))


datasets.disable_progress_bars()
passes_through()
readers()
card()
print("other programs read what tamis writes")
