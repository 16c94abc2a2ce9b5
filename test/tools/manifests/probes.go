package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	kubelet "k8s.io/kubernetes/pkg/probe/grpc"
)

// probeResult is what the kubelet would have made of one probe.
type probeResult struct {
	Object    string `json:"object"`
	Container string `json:"container"`
	Probe     string `json:"probe"`
	Service   string `json:"service"`
	// success or failure, in the kubelet's words.
	Result  string `json:"result"`
	Message string `json:"message"`
}

// probeObjects runs each gRPC probe of each container with the kubelet's prober, its service and its timeout.
func probeObjects(input io.Reader, host string, mappings []string) ([]probeResult, error) {
	ports, err := portMap(mappings)
	if err != nil {
		return nil, err
	}
	objects, err := readObjects(input)
	if err != nil {
		return nil, err
	}
	results := []probeResult{}
	for _, object := range objects {
		template := podTemplateOf(object)
		if template == nil {
			continue
		}
		for _, container := range append(template.Spec.InitContainers, template.Spec.Containers...) {
			probes := []struct {
				name  string
				probe *core.Probe
			}{{"startup", container.StartupProbe}, {"liveness", container.LivenessProbe}, {"readiness", container.ReadinessProbe}}
			for _, each := range probes {
				if each.probe == nil || each.probe.GRPC == nil {
					continue
				}
				result, err := runProbe(each.probe, host, ports)
				if err != nil {
					return nil, fmt.Errorf("%s, container %s, %s probe: %w", nameOf(object), container.Name, each.name, err)
				}
				result.Object, result.Container, result.Probe = nameOf(object), container.Name, each.name
				results = append(results, result)
			}
		}
	}
	return results, nil
}

func runProbe(probe *core.Probe, host string, ports map[int32]int) (probeResult, error) {
	port, mapped := ports[probe.GRPC.Port]
	if !mapped {
		return probeResult{}, fmt.Errorf("port %d is not mapped", probe.GRPC.Port)
	}
	service := ""
	if probe.GRPC.Service != nil {
		service = *probe.GRPC.Service
	}
	// Kubernetes' default, where the probe says nothing.
	timeout := time.Second
	if probe.TimeoutSeconds > 0 {
		timeout = time.Duration(probe.TimeoutSeconds) * time.Second
	}
	result, message, err := kubelet.New().Probe(host, service, port, timeout)
	return probeResult{Service: service, Result: string(result), Message: message}, err
}

func portMap(mappings []string) (map[int32]int, error) {
	ports := map[int32]int{}
	for _, mapping := range mappings {
		from, to, _ := strings.Cut(mapping, "=")
		fromPort, fromErr := strconv.ParseInt(from, 10, 32)
		toPort, toErr := strconv.Atoi(to)
		if fromErr != nil || toErr != nil {
			return nil, fmt.Errorf("%q is no FROM=TO", mapping)
		}
		ports[int32(fromPort)] = toPort
	}
	return ports, nil
}
