package main

import (
	"slices"

	"golang.org/x/sys/unix"
)

// monotonicNs is CLOCK_MONOTONIC, the clock of Node's process.hrtime too, so both sides' times can be subtracted.
func monotonicNs() int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err) // CLOCK_MONOTONIC exists on every Linux.
	}
	return now.Nano()
}

// ownCPUSeconds tells whether the load generator, not the server, was the limit.
func ownCPUSeconds() float64 {
	var used unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &used); err != nil {
		panic(err) // As above.
	}
	return float64(used.Nano()) / 1e9
}

func summarize(perConnection [][]int64) checkResult {
	all := slices.Concat(perConnection...)
	slices.Sort(all)
	return checkResult{Calls: len(all), P50Ns: percentile(all, 0.50), P99Ns: percentile(all, 0.99)}
}

// percentile is the nearest-rank percentile of sorted, non-empty values.
func percentile(sorted []int64, share float64) int64 {
	return sorted[min(int(float64(len(sorted))*share), len(sorted)-1)]
}
