// Command load makes the calls of `npm run bench`. It writes HTTP/2 frames itself, so that it costs less than any server
// that it measures, and checks every answer.
//
//	load check -addr HOST:PORT -calls N -connections N [-in-flight N | -per-second N] [-fresh] [-service NAME]
//	load watch -addr HOST:PORT -connections N -streams N [-service NAME]
//	load first
//
// It prints JSON, one value a line.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "load: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("name a command: check, watch or first")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ExitOnError)
	address := flags.String("addr", "", "the server's `HOST:PORT`")
	service := flags.String("service", "", "the name that is asked for")
	connections := flags.Int("connections", 1, "connections at once")
	switch arguments[0] {
	case "check":
		plan := checkPlan{}
		flags.IntVar(&plan.calls, "calls", 1000, "calls in all")
		flags.IntVar(&plan.inFlight, "in-flight", 1, "calls in flight on each connection")
		flags.Float64Var(&plan.perSecond, "per-second", 0, "calls a second, on schedule; 0: the next when one is answered")
		flags.BoolVar(&plan.fresh, "fresh", false, "a new connection for each call")
		_ = flags.Parse(arguments[1:])
		plan.address, plan.call, plan.connections = *address, checkOf(*service), *connections
		result, err := runCheck(plan)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(result)
	case "watch":
		streams := flags.Int("streams", 1, "Watch calls on each connection")
		_ = flags.Parse(arguments[1:])
		return runWatch(watchPlan{*address, watchOf(*service), *connections, *streams})
	case "first":
		_ = flags.Parse(arguments[1:])
		return runFirst()
	default:
		return fmt.Errorf("%q is no command: check, watch or first", arguments[0])
	}
}

// runFirst waits for an address on standard input, calls it at once, whatever status it gives, and prints the time of
// the answer. It is started before the server, so that its own start is not part of the server's.
func runFirst() error {
	input := bufio.NewScanner(os.Stdin)
	if !input.Scan() {
		return fmt.Errorf("no address on standard input")
	}
	c, err := dial(input.Text(), checkOf(""))
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.request(); err != nil {
		return err
	}
	for {
		event, err := c.read()
		if err != nil {
			return err
		}
		if event.ended {
			fmt.Printf("{\"answeredNs\":\"%d\"}\n", monotonicNs())
			return nil
		}
	}
}
