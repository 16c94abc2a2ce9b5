import type { Registry as PromRegistry } from "prom-client";
import type { AlertDelivery } from "../../core/alerting.js";
import { collectCounter, collectGauge } from "./collected.js";

type Deliveries = () => readonly AlertDelivery[];

export function collectAlerts(register: PromRegistry, deliveries: Deliveries): void {
  const samples = (value: (delivery: AlertDelivery) => number) => () =>
    deliveries().map((delivery) => ({ labels: { receiver: delivery.receiver }, value: value(delivery) }));
  collectCounter(register, {
    name: "gpu_health_alerts_sent_total",
    help: "Alert messages that the receiver took.",
    samples: samples(({ sent }) => sent),
  });
  collectCounter(register, {
    name: "gpu_health_alerts_failed_total",
    help: "Alert messages that the receiver refused, or that were given up after many attempts.",
    samples: samples(({ failed }) => failed),
  });
  collectCounter(register, {
    name: "gpu_health_alerts_dropped_total",
    help: "Alert messages that found no room in the receiver's queue.",
    samples: samples(({ dropped }) => dropped),
  });
  collectGauge(register, {
    name: "gpu_health_alerts_queued",
    help: "Alert messages that wait for the receiver.",
    samples: samples(({ queued }) => queued),
  });
  collectGauge(register, {
    name: "gpu_health_alerts_firing",
    help: "Alerts that the receiver was told of, or will be, and that are not over.",
    samples: samples(({ firing }) => firing),
  });
  collectGauge(register, {
    name: "gpu_health_alerts_last_attempt_successful",
    help: "0 while the newest attempt to tell the receiver failed, otherwise 1; why is in the report.",
    samples: samples(({ lastError }) => (lastError === undefined ? 1 : 0)),
  });
}
