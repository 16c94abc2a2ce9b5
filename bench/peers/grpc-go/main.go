// Command grpc-go serves grpc-go's own health server, the reference that bench/ compares with.
//
// It prints the ready line that every peer prints, then sets the status that each line of standard input names, and says
// at which time of CLOCK_MONOTONIC.
package main

import (
	"bufio"
	"fmt"
	"log"
	"net"
	"os"

	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatalf("grpc-go peer: %v", err)
	}
	healthServer := health.NewServer()
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, healthServer)
	go setStatusFromInput(healthServer)
	fmt.Printf("{\"event\":\"ready\",\"grpc\":[%q]}\n", listener.Addr())
	if err := server.Serve(listener); err != nil {
		log.Fatalf("grpc-go peer: %v", err)
	}
}

func setStatusFromInput(healthServer *health.Server) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		status, known := healthpb.HealthCheckResponse_ServingStatus_value[lines.Text()]
		if !known {
			log.Fatalf("grpc-go peer: %q is no serving status", lines.Text())
		}
		fmt.Printf("{\"event\":\"set\",\"atNs\":\"%d\"}\n", monotonicNs())
		healthServer.SetServingStatus("", healthpb.HealthCheckResponse_ServingStatus(status))
	}
}

func monotonicNs() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err) // CLOCK_MONOTONIC exists on every Linux.
	}
	return now.Nano()
}
