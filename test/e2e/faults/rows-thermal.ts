import { metric, reset, signalGone } from "./cells.js";
import type { FaultRow } from "./row.js";

const cool = "check fans, air flow and cooling";

const hot = (fault: string, drill: string, cells: Omit<FaultRow, "fault" | "drill" | "seenBy" | "ends">): FaultRow => ({
  fault,
  drill,
  seenBy: "sample",
  ends: signalGone,
  ...cells,
});

const slowed = (fault: string, reason: string, label: string, code: string, remedy: string): FaultRow => ({
  fault,
  on: "h200",
  drill: `drill throttle --gpu N --reason ${reason}`,
  seenBy: "window",
  status: "degraded",
  reason: code,
  remedy,
  metric: metric("gpu_clock_event_reason", 1, { reason: label }),
  ends: signalGone,
});

const harmless = (fault: string, reason: string, label: string): FaultRow => ({
  fault,
  on: "h200",
  drill: `drill throttle --gpu N --reason ${reason}`,
  seenBy: "window",
  status: "unchanged",
  metric: metric("gpu_clock_event_reason", 1, { reason: label }),
  ends: reset(),
});

export const thermalRows: readonly FaultRow[] = [
  hot("so hot that it slows down, by its margin (H200)", "drill temperature --gpu N --celsius 89", {
    on: "h200",
    status: "degraded",
    reason: "gpu_too_hot",
    remedy: cool,
    metric: metric("gpu_temperature_margin_celsius", -3),
  }),
  hot("so hot that it slows down, by its threshold (A100)", "drill temperature --gpu N --celsius 90", {
    on: "a100",
    status: "degraded",
    reason: "gpu_too_hot",
    remedy: cool,
    metric: metric("gpu_temperature_celsius", 90),
  }),
  hot("about to switch itself off", "drill temperature --gpu N --celsius 96", {
    on: "h200",
    status: "unhealthy",
    reason: "gpu_shutdown_temperature",
    remedy: "stop the work on the GPU",
    metric: metric("gpu_temperature_celsius", 96),
  }),
  hot("memory too hot (A100)", "drill temperature --gpu N --memory-celsius 96", {
    on: "a100",
    status: "degraded",
    reason: "gpu_memory_too_hot",
    remedy: cool,
    metric: metric("gpu_memory_temperature_celsius", 96),
  }),
  slowed("slowed down by heat, hardware", "hw-thermal", "hardware_thermal", "gpu_clocks_hardware_thermal", cool),
  slowed("slowed down by heat, driver", "sw-thermal", "software_thermal", "gpu_clocks_software_thermal", cool),
  slowed("power brake", "power-brake", "power_brake", "gpu_clocks_power_brake", "check the machine's power supplies"),
  slowed(
    "slowed down by its hardware",
    "hw-slowdown",
    "hardware_slowdown",
    "gpu_clocks_hardware_slowdown",
    "check cooling and power supply",
  ),
  harmless("at its power cap", "power-cap", "power_cap"),
  harmless("at its application clocks", "application-clocks", "application_clocks"),
];
