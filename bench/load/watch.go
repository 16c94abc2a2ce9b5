package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

// watchPlan is `connections` connections with `streams` Watch calls on each.
type watchPlan struct {
	address              string
	call                 call
	connections, streams int
}

// audience counts the watchers that have been told the status that is awaited.
type audience struct {
	size     int64
	awaited  atomic.Int64
	told     atomic.Int64
	firstNs  atomic.Int64
	everyone chan int64
	failed   chan error
}

// runWatch opens every stream, says {"event":"watching"} once all have their first message, then for each status number
// on standard input says {"event":"armed"}, and when the last watcher has been told it,
// {"event":"told","firstNs":…,"lastNs":…} on CLOCK_MONOTONIC.
func runWatch(plan watchPlan) error {
	crowd := &audience{
		size:     int64(plan.connections * plan.streams),
		everyone: make(chan int64, 1),
		failed:   make(chan error, plan.connections),
	}
	crowd.await(serving)
	for range plan.connections {
		if err := crowd.join(plan); err != nil {
			return err
		}
	}
	if _, err := crowd.wait(); err != nil {
		return err
	}
	fmt.Println(`{"event":"watching"}`)
	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		status, err := strconv.ParseInt(commands.Text(), 10, 32)
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		crowd.await(status)
		fmt.Println(`{"event":"armed"}`)
		lastNs, err := crowd.wait()
		if err != nil {
			return err
		}
		fmt.Printf("{\"event\":\"told\",\"firstNs\":\"%d\",\"lastNs\":\"%d\"}\n", crowd.firstNs.Load(), lastNs)
	}
	return nil
}

// await may only be called while no message is on its way.
func (a *audience) await(status int64) {
	a.told.Store(0)
	a.awaited.Store(status)
}

func (a *audience) wait() (int64, error) {
	select {
	case lastNs := <-a.everyone:
		return lastNs, nil
	case err := <-a.failed:
		return 0, fmt.Errorf("after %d of %d watchers were told: %w", a.told.Load(), a.size, err)
	}
}

func (a *audience) join(plan watchPlan) error {
	c, err := dial(plan.address, plan.call)
	if err != nil {
		return err
	}
	for range plan.streams {
		if _, err := c.request(); err != nil {
			return err
		}
	}
	if err := c.flush(); err != nil {
		return err
	}
	// A watcher may rightly hear nothing for long.
	if err := c.socket.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	go func() { a.failed <- a.listen(c) }()
	return nil
}

func (a *audience) listen(c *connection) error {
	for {
		event, err := c.read()
		switch {
		case err != nil:
			return err
		case event.ended:
			return fmt.Errorf("the server ended stream %d", event.streamID)
		case event.status == noMessage:
			continue
		case int64(event.status) == a.awaited.Load():
			a.tell()
		}
	}
}

func (a *audience) tell() {
	switch a.told.Add(1) {
	case 1:
		now := monotonicNs()
		a.firstNs.Store(now)
		if a.size == 1 {
			a.everyone <- now
		}
	case a.size:
		a.everyone <- monotonicNs()
	}
}
