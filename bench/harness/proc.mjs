// What the kernel says of a process, and on which cores the processes of a run work.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** The server under test has this core to itself; the load generator and this program share the other. */
export const serverCpu = 0;
export const loadCpu = 1;

/** The kernel reports times in these, whatever its own tick is (getconf CLK_TCK). */
const ticksPerSecond = 100;

/** CPU seconds, user and system, that a process and all its threads have used so far; a step is 10 ms. */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The second field, the name, may hold spaces; everything after its closing bracket is numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Resident memory of a process, in bytes. */
export function residentBytes(pid) {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line[1]) * 1024;
}

/** CLOCK_MONOTONIC in nanoseconds, the load generator's clock. */
export function monotonicNs() {
  return process.hrtime.bigint();
}

export function milliseconds(fromNs, toNs) {
  return Number(toNs - fromNs) / 1e6;
}

/** Keeps this program off the server's core. */
export function pinSelf() {
  execFileSync("taskset", ["-pc", String(loadCpu), String(process.pid)], { stdio: "ignore" });
}
