"""A grpc.health.v1 server on Python's grpcio, driven by the tests.

    health_server.py ADDRESS

It prints the line «listening» when it takes calls. Each line on standard input is a service and the status that it has
from now on: `inference NOT_SERVING`.
"""

import sys
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def main(address):
    servicer = health.HealthServicer()
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(address)
    server.start()
    print("listening", flush=True)
    for line in sys.stdin:
        service, status = line.split()
        servicer.set(service, health_pb2.HealthCheckResponse.ServingStatus.Value(status))
        print(line.strip(), flush=True)
    server.stop(None)


main(*sys.argv[1:])
