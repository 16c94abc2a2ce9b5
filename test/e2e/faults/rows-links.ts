import { metric, reset, signalGone } from "./cells.js";
import type { FaultRow } from "./row.js";

const atWork = {
  drills: ["drill utilization --gpu N --percent 97"],
  shows: metric("gpu_utilization_ratio", 0.97),
};

const reseat = "reseat the card or its riser cable";
const links = "run nvidia-smi nvlink --status";

type Cells = Pick<FaultRow, "fault" | "drill" | "metric"> & Partial<FaultRow>;

const degraded = (reason: string, remedy: string, cells: Cells): FaultRow => ({
  on: "h200",
  seenBy: "inspection",
  status: "degraded",
  reason,
  remedy,
  ends: signalGone,
  ...cells,
});

const unchanged = (cells: Cells): FaultRow => ({
  on: "h200",
  seenBy: "inspection",
  status: "unchanged",
  ends: reset(),
  ...cells,
});

export const linkRows: readonly FaultRow[] = [
  degraded("gpu_pcie_link_width", reseat, {
    fault: "too few PCIe lanes, at work",
    before: atWork,
    drill: "drill pcie --gpu N --width 8",
    metric: metric("gpu_pcie_link_width", 8),
  }),
  degraded("gpu_pcie_link_generation", reseat, {
    fault: "slow PCIe link, at work",
    before: atWork,
    drill: "drill pcie --gpu N --generation 3",
    seenBy: "two inspections",
    metric: metric("gpu_pcie_link_generation", 3),
  }),
  unchanged({
    fault: "slow PCIe link, idle",
    drill: "drill pcie --gpu N --generation 1",
    metric: metric("gpu_pcie_link_generation", 1),
  }),
  degraded("gpu_pcie_replays", reseat, {
    fault: "many PCIe replays",
    drill: "drill pcie --gpu N --replays 100",
    metric: metric("gpu_pcie_replays_total", 100),
  }),
  degraded("gpu_nvlink_down", links, {
    fault: "NVLink down",
    drill: "drill nvlink --gpu N --link 3 --down",
    metric: metric("gpu_nvlink_active", 0, { link: "3" }),
  }),
  degraded("gpu_nvlink_errors", links, {
    fault: "NVLink errors",
    drill: "drill nvlink --gpu N --link 3 --errors 10000",
    metric: metric("gpu_nvlink_errors_total", 10_000, { link: "3", error: "crc" }),
  }),
  degraded("gpu_fabric_not_ready", "see whether nvidia-fabricmanager runs", {
    fault: "not joined to the fabric yet",
    drill: "drill fabric --gpu N --state in-progress",
    metric: metric("gpu_fabric_state", 2),
  }),
  degraded("gpu_fabric_failed", "see the log of nvidia-fabricmanager", {
    fault: "failed to join the fabric",
    drill: "drill fabric --gpu N --state completed --status 999",
    status: "unhealthy",
    metric: metric("gpu_fault", 1, { fault: "gpu_fabric_failed", severity: "fatal" }),
  }),
  degraded("gpu_fabric_unhealthy", "see the log of nvidia-fabricmanager", {
    fault: "trouble on the fabric",
    drill: "drill fabric --gpu N --state completed --health-mask 0x10",
    metric: metric("gpu_fabric_health_mask", 16),
  }),
];
