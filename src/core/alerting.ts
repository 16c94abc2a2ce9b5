/** What the configuration says of alerts, and what outputs show of their delivery. */

/** `critical`: a component is unhealthy for it; `warning`: degraded at most. */
export type AlertSeverity = "warning" | "critical";

/** What one receiver is told, and when. All durations in milliseconds. */
export interface AlertRule {
  /** An unhealthy check must have failed this many times in a row, unless its result is certain. */
  readonly after: number;
  /** A check must have been unhealthy or degraded for this long. */
  readonly forMs: number;
  /** It must have been well again for this long before the alert counts as resolved. */
  readonly keepFiringForMs: number;
  /** What goes on is told again after this time. */
  readonly repeatEveryMs: number;
  /** The least severe that is told. */
  readonly severity: AlertSeverity;
  /** Names, or beginnings of names followed by `*`, of which one must be affected; undefined: any. */
  readonly components?: readonly string[];
  readonly sendResolved: boolean;
  /** Whether to tell that an operator drains the server. */
  readonly draining: boolean;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Where alerts go and in which format. `url`, `secret`, `routingKey` and values of headers are secrets: texts, or ones that
 * end in `file:/PATH` for the content of a file.
 */
export type AlertTarget =
  | { readonly type: "webhook"; readonly url: string; readonly secret?: string; readonly headers: Headers }
  | { readonly type: "alertmanager"; readonly url: string; readonly headers: Headers; readonly labels: Headers }
  | { readonly type: "slack"; readonly url: string }
  | { readonly type: "dingtalk"; readonly url: string; readonly secret?: string }
  | { readonly type: "wecom"; readonly url: string }
  | { readonly type: "feishu"; readonly url: string; readonly secret?: string }
  | { readonly type: "pagerduty"; readonly url: string; readonly routingKey: string };

export interface AlertReceiver {
  readonly name: string;
  readonly rule: AlertRule;
  readonly target: AlertTarget;
  /** The deadline of one request. */
  readonly timeoutMs: number;
}

/** How the delivery to one receiver goes. */
export interface AlertDelivery {
  readonly receiver: string;
  readonly type: AlertTarget["type"];
  /** Alerts that the receiver was told of, or will be, and that are not over. */
  readonly firing: number;
  /** Messages that wait. */
  readonly queued: number;
  /** Messages that were taken, that were refused or given up, and that found no room in the queue. */
  readonly sent: number;
  readonly failed: number;
  readonly dropped: number;
  /** Why the newest attempt failed, without secrets; absent while it did not. */
  readonly lastError?: { readonly message: string; readonly atWallMs: number };
}
