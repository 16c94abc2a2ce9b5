"""A gRPC client on Python's grpcio, driven by the tests: it prints one JSON value a line.

    health_client.py check ADDRESS SERVICE     the status, or the RPC's error
    health_client.py list ADDRESS              every name with its status
    health_client.py watch ADDRESS SERVICE     each message as it comes, then how the stream ended
    health_client.py balance SERVICE ADDRESS...
        A channel over all addresses with gRPC's client-side health checking of SERVICE. For each line on standard
        input it makes ten calls and prints which names the servers that answered them gave in List.
"""

import json
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

DEADLINE_SECONDS = 20


def status_name(status):
    return health_pb2.HealthCheckResponse.ServingStatus.Name(status)


def show(value):
    print(json.dumps(value), flush=True)


def check(stub, service):
    response = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE_SECONDS)
    show({"status": status_name(response.status)})


def list_all(stub):
    response = stub.List(health_pb2.HealthListRequest(), timeout=DEADLINE_SECONDS)
    show({name: status_name(entry.status) for name, entry in response.statuses.items()})


def watch(stub, service):
    for response in stub.Watch(health_pb2.HealthCheckRequest(service=service)):
        show({"status": status_name(response.status)})


def balance(service, addresses):
    service_config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": service},
    }
    options = [
        ("grpc.service_config", json.dumps(service_config)),
        # Reconnect soon after a failure, so that the test need not wait for the usual backoff of a second and more.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 200),
    ]
    with grpc.insecure_channel("ipv4:" + ",".join(addresses), options=options) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for _ in sys.stdin:
            show(sorted({answering_server(stub) for _ in range(10)}))


def answering_server(stub):
    """Every server of the test serves one name that only it has, which begins with «server-»."""
    try:
        response = stub.List(health_pb2.HealthListRequest(), timeout=DEADLINE_SECONDS)
    except grpc.RpcError as error:
        return error.code().name
    return next(name for name in response.statuses if name.startswith("server-"))


def main(command, *arguments):
    if command == "balance":
        balance(arguments[0], arguments[1:])
        return
    with grpc.insecure_channel(arguments[0]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            {"check": check, "list": list_all, "watch": watch}[command](stub, *arguments[1:])
        except grpc.RpcError as error:
            show({"error": error.code().name, "details": error.details()})


main(*sys.argv[1:])
