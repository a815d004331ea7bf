"""Writes the conversations of this folder with pyarrow: python3 make.py"""

import pyarrow as pa
import pyarrow.parquet as pq

call = pa.struct([("id", pa.string()), ("args", pa.list_(pa.string()))])
message = pa.struct([("role", pa.string()), ("content", pa.string()), ("weight", pa.float32()), ("tool_calls", pa.list_(call))])


def said(role, content, weight=None, calls=None):
    return {"role": role, "content": content, "weight": weight, "tool_calls": calls}


rows = [
    [said("system", "Be brief."), said("user", "Where is Ulm?", 0.5), said("assistant", "On the Danube, écrit-on.", 1.0)],
    [said("user", "Rain?"), said("assistant", None, calls=[{"id": "a", "args": ["x", "y"]}, {"id": "b", "args": []}]),
     said("tool", "yes"), said("assistant", "Yes, it rains.", calls=[])],
    None,
    [],
    [said("user", "x"), None],
    [said("user", None)],
    [said("assistant", None, calls=[])],
    [said("narrator", "x")],
    [said(None, "x")],
    [said("user", ""), said("assistant", "Nothing was asked.")],
]
table = pa.table({
    "id": pa.array(range(len(rows)), pa.int32()),
    "messages": pa.array(rows, pa.list_(message)),
    "note": pa.array([f"row {i}" for i in range(len(rows))]),
})
pq.write_table(table, "messages.parquet")

sharegpt = pa.table({
    "conversations": pa.array(
        [[{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}], [{"from": "human", "value": "Bye"}]],
        pa.large_list(pa.struct([("from", pa.string()), ("value", pa.large_string())])),
    )
})
pq.write_table(sharegpt, "sharegpt.parquet")

columns = pa.table({
    "instruction": ["Add.", "Say hello.", None, "Say."],
    "input": ["1 and 2", "", "x", None],
    "output": ["3", "Hello.", "y", "So."],
})
pq.write_table(columns, "columns.parquet")
