import type { DrainConfiguration } from "../config/configuration.js";
import { formatDuration } from "../core/units.js";

/** What the Pod's manifest says; Kubernetes has no field reference for it, so whoever writes the one writes the other. */
const variable = "GPU_HEALTH_TERMINATION_GRACE_PERIOD_SECONDS";

/** Kubernetes' `terminationGracePeriodSeconds` where the Pod names none. */
const kubernetesDefaultMs = 30_000;

/** From SIGTERM to SIGKILL, and how that is known. */
interface GracePeriod {
  readonly ms: number;
  readonly source: string;
}

/**
 * Why the drain cannot end in order, where that can be known: the kubelet kills what has not ended by then. Undefined where
 * there is nothing to say.
 */
export function gracePeriodProblem(
  { delayMs, deadlineMs }: DrainConfiguration,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const text = environment[variable];
  if (text !== undefined && !/^\d+$/.test(text)) {
    return `${variable} is ${JSON.stringify(text)}, which is no whole number of seconds: give it the Pod's terminationGracePeriodSeconds`;
  }
  const grace = gracePeriod(text, environment);
  if (grace === undefined || grace.ms > deadlineMs) return undefined;
  const effect =
    grace.ms <= delayMs
      ? `before drain.delay (${formatDuration(delayMs)}) has passed, so no stream is ever ended in order`
      : `before drain.deadline (${formatDuration(deadlineMs)}), so a stop in which something hangs ends with SIGKILL and not with exit code 0`;
  return `the kubelet kills this process ${formatDuration(grace.ms)} after SIGTERM (${grace.source}), ${effect}: make terminationGracePeriodSeconds longer than drain.deadline, by as much as a preStop hook takes`;
}

function gracePeriod(
  seconds: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): GracePeriod | undefined {
  if (seconds !== undefined) return { ms: Number(seconds) * 1000, source: variable };
  if (environment.KUBERNETES_SERVICE_HOST === undefined) return undefined;
  return { ms: kubernetesDefaultMs, source: `Kubernetes' default; where the Pod has another, set ${variable} to it` };
}
