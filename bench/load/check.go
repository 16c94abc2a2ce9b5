package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const serving = 1

// checkResult is what one run of Check calls gave; times in nanoseconds.
type checkResult struct {
	Calls       int     `json:"calls"`
	Seconds     float64 `json:"seconds"`
	P50Ns       int64   `json:"p50Ns"`
	P99Ns       int64   `json:"p99Ns"`
	LoadSeconds float64 `json:"loadCpuSeconds"`
}

// checkPlan says how the calls reach the server.
type checkPlan struct {
	address string
	call    call
	calls   int
	// Connections at work at once, and in the closed loop the calls in flight on each of them.
	connections, inFlight int
	// perSecond > 0 is an open loop: calls leave on schedule, however slow the answers are.
	perSecond float64
	// fresh opens a new connection for every call.
	fresh bool
}

// runCheck makes the planned calls and fails on the first answer that is not OK and SERVING.
func runCheck(plan checkPlan) (checkResult, error) {
	one := closedLoop
	switch {
	case plan.fresh:
		one = freshConnections
	case plan.perSecond > 0:
		one = openLoop
	}
	perConnection := plan.calls / plan.connections
	latencies := make([][]int64, plan.connections)
	errs := make([]error, plan.connections)
	cpuBefore := ownCPUSeconds()
	begin := time.Now()
	var workers sync.WaitGroup
	for i := range plan.connections {
		workers.Go(func() { latencies[i], errs[i] = one(plan, i, perConnection) })
	}
	workers.Wait()
	elapsed := time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return checkResult{}, err
		}
	}
	result := summarize(latencies)
	result.Seconds = elapsed.Seconds()
	result.LoadSeconds = ownCPUSeconds() - cpuBefore
	return result, nil
}

// closedLoop keeps plan.inFlight calls open on one connection until `calls` have been answered.
func closedLoop(plan checkPlan, _ int, calls int) ([]int64, error) {
	c, err := dial(plan.address, plan.call)
	if err != nil {
		return nil, err
	}
	defer c.close()
	latencies := make([]int64, 0, calls)
	sentAt := make([]int64, calls)
	send := func() error {
		sentAt[(c.nextStreamID-1)/2] = monotonicNs()
		_, err := c.request()
		return err
	}
	sent := min(plan.inFlight, calls)
	for range sent {
		if err := send(); err != nil {
			return nil, err
		}
	}
	for len(latencies) < calls {
		streamID, err := c.readAnswer()
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, monotonicNs()-sentAt[(streamID-1)/2])
		if sent < calls {
			sent++
			if err := send(); err != nil {
				return nil, err
			}
		}
	}
	return latencies, nil
}

// openLoop sends on schedule on one connection while a second goroutine reads, so a slow answer delays no later call.
func openLoop(plan checkPlan, index int, calls int) ([]int64, error) {
	c, err := dial(plan.address, plan.call)
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.flush(); err != nil {
		return nil, err
	}
	sentAt := make([]atomic.Int64, calls)
	sendErr := make(chan error, 1)
	go func() {
		sendErr <- onSchedule(plan, index, calls, func(i int) error {
			sentAt[i].Store(monotonicNs())
			if _, err := c.request(); err != nil {
				return err
			}
			return c.flush()
		})
	}()
	latencies := make([]int64, 0, calls)
	for len(latencies) < calls {
		streamID, err := c.readAnswer()
		if err != nil {
			return nil, err
		}
		latencies = append(latencies, monotonicNs()-sentAt[(streamID-1)/2].Load())
	}
	return latencies, <-sendErr
}

// freshConnections calls as the kubelet does: connect, one Check, close. With a rate it keeps to it, without one the
// next connection opens when the last one has answered.
func freshConnections(plan checkPlan, index int, calls int) ([]int64, error) {
	latencies := make([]int64, 0, calls)
	call := func(int) error {
		begin := monotonicNs()
		if err := checkOnce(plan); err != nil {
			return err
		}
		latencies = append(latencies, monotonicNs()-begin)
		return nil
	}
	if plan.perSecond > 0 {
		return latencies, onSchedule(plan, index, calls, call)
	}
	for i := range calls {
		if err := call(i); err != nil {
			return nil, err
		}
	}
	return latencies, nil
}

func checkOnce(plan checkPlan) error {
	c, err := dial(plan.address, plan.call)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.request(); err != nil {
		return err
	}
	_, err = c.readAnswer()
	return err
}

// readAnswer reads to the end of the next call and fails where it was not OK and SERVING.
func (c *connection) readAnswer() (uint32, error) {
	for {
		event, err := c.read()
		if err != nil {
			return 0, err
		}
		if event.status != noMessage && event.status != serving {
			return 0, fmt.Errorf("the server answered serving status %d, not SERVING", event.status)
		}
		if event.ended {
			return event.streamID, nil
		}
	}
}

// onSchedule calls `call` at its share of the plan's rate; connection `index` of n starts index/n of a period late.
func onSchedule(plan checkPlan, index int, calls int, call func(i int) error) error {
	period := time.Duration(float64(time.Second) * float64(plan.connections) / plan.perSecond)
	begin := time.Now().Add(period * time.Duration(index) / time.Duration(plan.connections))
	for i := range calls {
		time.Sleep(time.Until(begin.Add(period * time.Duration(i))))
		if err := call(i); err != nil {
			return err
		}
	}
	return nil
}
