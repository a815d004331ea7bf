"""Makes the Parquet fixtures in this folder: python make_fixtures.py

Needs pyarrow, polars and duckdb. The content is made up here. Each file comes with
NAME.jsonl, which says what a reader must find: the rows as pyarrow sees them, in the
JSON that tamis writes (see parquet_json.go).
"""

import base64
import datetime as dt
import decimal
import json
import pathlib
import uuid

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1)


def texts(n):
    words = "stone river Fluß чай 日本語 naïve 🎉 lamp under a bridge".split()
    out = []
    for i in range(n):
        out.append(" ".join(words[(i * 7 + k * k) % len(words)] for k in range(i % 23)))
    return out


def kinds():
    """Every type that Arrow can put into Parquet and that travels unchanged."""
    n = 60
    d = decimal.Decimal
    opt = lambda i, v: None if i % 5 == 2 else v
    us = lambda i: EPOCH + dt.timedelta(days=i * 411 - 9000, microseconds=i * 1234567)
    t = texts(n)
    return pa.table(
        {
            "id": pa.array([f"doc-{i}" for i in range(n)]),
            "bool": pa.array([opt(i, i % 3 == 0) for i in range(n)]),
            "int8": pa.array([opt(i, i - 30) for i in range(n)], pa.int8()),
            "uint8": pa.array([opt(i, i + 190) for i in range(n)], pa.uint8()),
            "int16": pa.array([i * -500 for i in range(n)], pa.int16()),
            "uint32": pa.array([opt(i, 2**32 - 1 - i) for i in range(n)], pa.uint32()),
            "int32": pa.array([opt(i, i * 31 - 2**31) for i in range(n)], pa.int32()),
            "int64": pa.array([opt(i, 2**63 - 1 - i) for i in range(n)], pa.int64()),
            "uint64": pa.array([opt(i, 2**64 - 1 - i) for i in range(n)], pa.uint64()),
            "float16": pa.array(np.array([i / 8 - 3 for i in range(n)], np.float16)),
            "float": pa.array([opt(i, i / 7) for i in range(n)], pa.float32()),
            "double": pa.array([opt(i, float("nan") if i == 3 else i / 7) for i in range(n)]),
            "text": pa.array([None if i == 4 else t[i] for i in range(n)]),
            "large": pa.array([opt(i, t[n - 1 - i]) for i in range(n)], pa.large_string()),
            "binary": pa.array([opt(i, bytes([i, 255 - i, 0])) for i in range(n)], pa.binary()),
            "fixed": pa.array([opt(i, bytes([i] * 5)) for i in range(n)], pa.binary(5)),
            "uuid": pa.array([uuid.UUID(int=i * 2**100).bytes for i in range(n)], pa.uuid()),
            "decimal9": pa.array([opt(i, d(i - 30).scaleb(-2)) for i in range(n)], pa.decimal128(9, 2)),
            "decimal38": pa.array([opt(i, d(10**30 * (i - 20)).scaleb(-10)) for i in range(n)], pa.decimal128(38, 10)),
            "decimal60": pa.array([opt(i, d(10**50 * (i - 20)).scaleb(-3)) for i in range(n)], pa.decimal256(60, 3)),
            "date": pa.array([opt(i, dt.date(1900, 1, 1) + dt.timedelta(days=i * 999)) for i in range(n)]),
            "time_ms": pa.array([opt(i, dt.time(i % 24, i, 1, i * 1000)) for i in range(n)], pa.time32("ms")),
            "time_us": pa.array([opt(i, dt.time(i % 24, i, 1, i * 1001)) for i in range(n)], pa.time64("us")),
            "ts_ms": pa.array([opt(i, us(i).replace(microsecond=i * 1000)) for i in range(n)], pa.timestamp("ms")),
            "ts_us": pa.array([opt(i, us(i)) for i in range(n)], pa.timestamp("us")),
            "ts_utc": pa.array([opt(i, us(i).replace(tzinfo=UTC)) for i in range(n)], pa.timestamp("us", "UTC")),
            "ts_tz": pa.array([opt(i, us(i).replace(tzinfo=UTC)) for i in range(n)], pa.timestamp("us", "Europe/Berlin")),
            "ts_ns": pa.array([opt(i, 10**18 + i) for i in range(n)], pa.timestamp("ns")),
            "dictionary": pa.array([opt(i, ["red", "green", "blue"][i % 3]) for i in range(n)]).dictionary_encode(),
            "nothing": pa.nulls(n),
            "list": pa.array([opt(i, list(range(i % 4))) for i in range(n)], pa.list_(pa.int64())),
            "lists": pa.array([opt(i, [None if k == 1 else [k, None][: k + 1] for k in range(i % 4)]) for i in range(n)], pa.list_(pa.list_(pa.int32()))),
            "structs": pa.array([opt(i, [{"a": k, "b": None if k == 1 else f"b{k}"} for k in range(i % 3)]) for i in range(n)]),
            "map": pa.array([opt(i, [(f"k{k}", k if k else None) for k in range(i % 3)]) for i in range(n)], pa.map_(pa.string(), pa.int64())),
            "map_int": pa.array([opt(i, [(k, [f"v{k}"]) for k in range(i % 3)]) for i in range(n)], pa.map_(pa.int32(), pa.list_(pa.string()))),
            "fixed_list": pa.array([[i / 2, i / 4] for i in range(n)], pa.list_(pa.float32(), 2)),
            "metadata": pa.array(
                [
                    opt(i, {"url": f"http://example.org/{i}", "lang": ["en", "de"][i % 2], "scores": {"a": i / 3, "b": None if i % 2 else i}})
                    for i in range(n)
                ]
            ),
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"note": "kept"}), "origin": "made up"})


def nested():
    """The text inside of structures."""
    n = 40
    t = texts(n)
    return pa.table(
        {
            "n": pa.array(range(n), pa.uint32()),
            "doc": pa.array([None if i == 7 else {"id": i, "body": {"text": None if i == 9 else t[i], "lang": "en"}} for i in range(n)]),
            "tail": pa.array([["x"] * (i % 3) for i in range(n)]),
        }
    )


def plain(v, typ):
    """A value as tamis writes it in JSON."""
    if v is None:
        return None
    if pa.types.is_dictionary(typ):
        return plain(v, typ.value_type)
    if isinstance(typ, pa.UuidType):
        return str(v)
    if pa.types.is_floating(typ):
        if v != v or v in (float("inf"), float("-inf")):
            return None
        return float(str(np.float32(v))) if pa.types.is_float32(typ) else float(v)
    if pa.types.is_decimal(typ):
        return format(v, "f")
    if pa.types.is_binary(typ) or pa.types.is_fixed_size_binary(typ):
        return base64.b64encode(v).decode()
    if pa.types.is_map(typ):
        if pa.types.is_string(typ.key_type):
            return {k: plain(w, typ.item_type) for k, w in v}
        return [{"key": plain(k, typ.key_type), "value": plain(w, typ.item_type)} for k, w in v]
    if pa.types.is_list(typ) or pa.types.is_fixed_size_list(typ):
        return [plain(w, typ.value_type) for w in v]
    if pa.types.is_struct(typ):
        return {f.name: plain(v[f.name], f.type) for f in typ}
    if pa.types.is_date(typ):
        return v.isoformat()
    return v


def moment(ints, typ):
    """Times and timestamps out of their integers."""
    digits = {"ms": 3, "us": 6, "ns": 9}[typ.unit]
    out = []
    for v in ints:
        if v is None:
            out.append(None)
            continue
        sec, frac = divmod(v, 10**digits)
        at = EPOCH + dt.timedelta(seconds=sec)
        zone = "Z" if pa.types.is_timestamp(typ) and typ.tz else ""
        form = "%Y-%m-%dT%H:%M:%S" if pa.types.is_timestamp(typ) else "%H:%M:%S"
        out.append(f"{at.strftime(form)}.{frac:0{digits}d}{zone}")
    return out


def column(c):
    typ = c.type
    c = c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c
    if pa.types.is_timestamp(typ) or pa.types.is_time64(typ):
        return moment(c.cast(pa.int64()).to_pylist(), typ)
    if pa.types.is_time32(typ):
        return moment(c.cast(pa.int32()).to_pylist(), typ)
    return [plain(v, typ) for v in c.to_pylist()]


def expect(name):
    table = pq.read_table(HERE / name)
    names = table.column_names
    rows = zip(*(column(table[c]) for c in names))
    with open(HERE / f"{name}.jsonl", "w") as f:
        for row in rows:
            f.write(json.dumps(dict(zip(names, row)), ensure_ascii=False, separators=(",", ":")) + "\n")


def write(name, table, **options):
    pq.write_table(table, HERE / name, **options)
    expect(name)


def main():
    for old in [*HERE.glob("*.parquet"), *HERE.glob("*.parquet.jsonl")]:
        old.unlink()
    every = kinds()
    write("kinds.parquet", every, compression="zstd", row_group_size=25)
    # Schema and values are those of kinds.parquet; what differs is below them.
    few = every.select(["id", "text", "bool", "int64", "double", "fixed", "lists", "structs", "map", "metadata"])
    write("v2-none.parquet", few, compression="none", data_page_version="2.0", data_page_size=200, write_batch_size=7)
    write("v1-snappy.parquet", few, compression="snappy", data_page_size=200, write_batch_size=7, dictionary_pagesize_limit=120)
    write("v2-gzip.parquet", few, compression="gzip", data_page_version="2.0", use_dictionary=False)
    write("v1-brotli.parquet", few, compression="brotli", use_dictionary=False, write_page_index=True)
    write("v2-lz4.parquet", few, compression="lz4", data_page_version="2.0", row_group_size=1)
    write("v1-crc.parquet", few, compression="zstd", write_page_checksum=True, row_group_size=13)
    flat = every.select(["id", "text", "bool", "int8", "int32", "int64", "float", "double", "binary", "fixed"])
    write(
        "encodings.parquet",
        flat,
        compression="zstd",
        data_page_version="2.0",
        use_dictionary=False,
        data_page_size=300,
        write_batch_size=20,
        column_encoding={
            "id": "DELTA_BYTE_ARRAY",
            "text": "DELTA_LENGTH_BYTE_ARRAY",
            "bool": "RLE",
            "int8": "DELTA_BINARY_PACKED",
            "int32": "BYTE_STREAM_SPLIT",
            "int64": "DELTA_BINARY_PACKED",
            "float": "BYTE_STREAM_SPLIT",
            "double": "BYTE_STREAM_SPLIT",
            "binary": "DELTA_BYTE_ARRAY",
            "fixed": "DELTA_BYTE_ARRAY",
        },
    )
    write("int96.parquet", every.select(["text", "ts_ns"]), use_deprecated_int96_timestamps=True, store_schema=False)
    write("nested.parquet", nested(), compression="zstd")
    write("lists-v1.parquet", every.select(["text", "list", "lists", "structs", "map_int"]), use_compliant_nested_type=False, store_schema=False)
    write("rows-none.parquet", every.slice(0, 0))
    duckdb.sql(
        f"copy (select range as id, 'row ' || range || repeat(' again', (range % 9)::int) as text, "
        f"[range, null] as l, {{'a': range / 3, 'b': date '2020-02-29'}} as s, (range / 7)::decimal(18,3) as d "
        f"from range(50)) to '{HERE}/duckdb.parquet' (format parquet, compression zstd)"
    )
    expect("duckdb.parquet")
    pl.DataFrame(
        {"text": texts(50), "n": range(50), "l": [[i] * (i % 3) for i in range(50)], "c": ["one", "two"] * 25}
    ).with_columns(pl.col("c").cast(pl.Categorical)).write_parquet(HERE / "polars.parquet")
    expect("polars.parquet")


main()
