// Command manifests judges the Helm chart and the manifests with other people's code: Helm's own renderer and linter,
// Kubernetes' own types, its Pod Security Standards, and the kubelet's own gRPC prober.
//
// Helm's packages and not its command, whose build has 300 packages more.
package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
)

const usage = `usage:
  manifests lint CHART VALUES.yaml...     what helm lint says, as JSON: [{"severity", "path", "message"}]
  manifests render CHART VALUES.yaml...   what helm template renders, as JSON: {template: text}
  manifests strict                        what Kubernetes' decoder says of the objects on standard input, as JSON:
                                          [{"object", "problem", "podSecurity"}]
  manifests probe HOST FROM=TO...         runs each gRPC probe of the objects on standard input as the kubelet does, port
                                          TO in place of FROM: [{"object", "container", "probe", "service", "result", "message"}]`

func main() {
	// Helm tells of each symbolic link in a chart.
	slog.SetLogLoggerLevel(slog.LevelWarn)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s", usage)
	}
	var answer any
	var err error
	switch command, rest := args[0], args[1:]; {
	case command == "lint" && len(rest) > 0:
		answer, err = lintChart(rest[0], rest[1:])
	case command == "render" && len(rest) > 0:
		answer, err = renderChart(rest[0], rest[1:])
	case command == "strict" && len(rest) == 0:
		answer, err = judgeObjects(os.Stdin)
	case command == "probe" && len(rest) > 0:
		answer, err = probeObjects(os.Stdin, rest[0], rest[1:])
	default:
		return fmt.Errorf("%s", usage)
	}
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(answer)
}
