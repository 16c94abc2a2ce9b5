"""Changes the collections of a Milvus server with its official client, one command a line on standard input:
`create NAME`, `insert NAME COUNT`, `load NAME`, `release NAME`, `drop NAME`. Answers each with `done`.
"""

import sys

from pymilvus import DataType, MilvusClient

client = MilvusClient(uri=sys.argv[1])


def create(name):
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=4)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="L2")
    client.create_collection(name, schema=schema, index_params=index)


def insert(name, count):
    client.insert(name, [{"id": number, "vector": [float(number)] * 4} for number in range(int(count))])
    client.flush(name)


commands = {
    "create": create,
    "insert": insert,
    "load": client.load_collection,
    "release": client.release_collection,
    "drop": client.drop_collection,
}

print("ready", flush=True)
for line in sys.stdin:
    command, *arguments = line.split()
    commands[command](*arguments)
    print("done", flush=True)
