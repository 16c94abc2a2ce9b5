import { readdir } from "node:fs/promises";
import type { Registry as PromRegistry } from "prom-client";
import { collectCounter, collectGauge, type Sample } from "./collected.js";

/**
 * What dashboards expect of every process, under the names that all Prometheus clients give them. Of prom-client's
 * default metrics only these: the others wake the process or read /proc synchronously at each scrape.
 */
export function collectProcess(register: PromRegistry): void {
  const startedAtSeconds = Date.now() / 1000 - process.uptime();
  collectCounter(register, {
    name: "process_cpu_seconds_total",
    help: "User and system CPU time that the process has used.",
    samples: () => {
      const { user, system } = process.cpuUsage();
      return one((user + system) / 1e6);
    },
  });
  collectGauge(register, {
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since 1970.",
    samples: () => one(startedAtSeconds),
  });
  collectGauge(register, {
    name: "process_resident_memory_bytes",
    help: "Memory of the process that is in RAM.",
    samples: () => one(process.memoryUsage.rss()),
  });
  collectGauge(register, {
    name: "nodejs_heap_size_used_bytes",
    help: "JavaScript heap in use.",
    samples: () => one(process.memoryUsage().heapUsed),
  });
  collectGauge(register, {
    name: "process_open_fds",
    help: "Open file descriptors.",
    samples: openFileDescriptors,
  });
}

async function openFileDescriptors(): Promise<readonly Sample[]> {
  try {
    // The directory itself is open while it is read.
    return one((await readdir("/proc/self/fd")).length - 1);
  } catch {
    return [];
  }
}

const one = (value: number): readonly Sample[] => [{ labels: {}, value }];
