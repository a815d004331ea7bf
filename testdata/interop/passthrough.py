"""python passthrough.py INPUT OUTPUT [TEXT]: compares Parquet files as pyarrow sees them.

OUTPUT is what a run without steps made of INPUT: the same columns with the same types,
values and metadata, rows without a text left out, and perhaps the struct "tamis" at
the end. TEXT is the path of the text, "text" if it is not given.
"""

import json
import math
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

UNDER = "tamis"


def fail(message):
    sys.exit(f"{sys.argv[2]}: {message}")


def text_of(table, path):
    names = path.split(".")
    column = table[names[0]]
    for name in names[1:]:
        column = pc.struct_field(column, name)
    return column


def equal(a, b):
    """Equality in which NaN is itself."""
    if isinstance(a, float) and isinstance(b, float):
        return a == b or math.isnan(a) and math.isnan(b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(equal(a[k], b[k]) for k in a)
    return type(a) is type(b) and a == b


def main(source, shard, text="text"):
    want, got = pq.read_table(source), pq.read_table(shard)
    want = want.filter(pc.is_valid(text_of(want, text)))
    if got.num_rows != want.num_rows:
        fail(f"{got.num_rows} rows, want {want.num_rows}")
    names = [n for n in got.column_names if n != UNDER]
    if names != [n for n in want.column_names if n != UNDER]:
        fail(f"columns {names}, want {want.column_names}")
    if UNDER in got.column_names and got.column_names[-1] != UNDER:
        fail(f"{UNDER} is not the last column")
    for name in names:
        g, w = got.schema.field(name), want.schema.field(name)
        if not g.equals(w, check_metadata=True):
            fail(f"column {name} is {g} {g.metadata}, want {w} {w.metadata}")
        if not equal(got[name].to_pylist(), want[name].to_pylist()):
            fail(f"column {name} has other values")
    compare_metadata(got.schema.metadata or {}, want.schema.metadata or {}, got.schema)
    raw_got, raw_want = pq.ParquetFile(shard).schema, pq.ParquetFile(source).schema
    for i in range(len(raw_want)):
        if UNDER not in raw_want.column(i).path.split(".")[0] and not raw_got.column(i).equals(raw_want.column(i)):
            fail(f"column {raw_want.column(i)} became {raw_got.column(i)}")


def compare_metadata(got, want, schema):
    """All metadata is kept; datasets' own knows the added column."""
    if list(got) != list(want):
        fail(f"metadata {list(got)}, want {list(want)}")
    for key, value in want.items():
        if key == b"huggingface":
            g, w = json.loads(got[key]), json.loads(value)
            features = g.get("info", {}).get("features")
            if features is not None and UNDER in schema.names:
                if list(features)[-1] != UNDER:
                    fail(f"the features do not end with {UNDER}: {features}")
                features.pop(UNDER)
                w["info"]["features"].pop(UNDER, None)
            if g != w:
                fail(f"metadata huggingface is {g}, want {w}")
        elif got[key] != value:
            fail(f"metadata {key} is {got[key]}, want {value}")


main(*sys.argv[1:])
