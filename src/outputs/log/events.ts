/** What a line of the log is about, and the fields that it may have beside `time`, `level`, `event` and `msg`. */
interface LogEventDeclaration {
  readonly what: string;
  readonly fields: readonly string[];
}

/** Why a component is as it is. */
const explanation = ["reason", "message", "remedy", "consequenceOf", "since"];

/** What an alert is about. */
const alert = ["alert", "kind", "component", "reason"];

/** Every event, by the name that stays the same from version to version. docs/logging.md is made of this. */
export const logEvents = {
  ready: {
    what: "The server has started and listens.",
    fields: ["grpc", "http", "admin", "version", "pid", "simulated"],
  },
  simulated: { what: "The GPUs are simulated.", fields: ["model", "count", "stateFile"] },
  nvml: {
    what: "The NVML library was opened, or could not be.",
    fields: ["phase", "path", "simulated", "driver", "gpus", "reason", "remedy"],
  },
  transition: {
    what: "A component has another status or reason. `check` and `subject` say what decides it, `lastedSeconds` how long it was as before.",
    fields: ["component", "from", "to", "check", "subject", "lastedSeconds", ...explanation],
  },
  flapping: {
    what: "A component goes up and down for the same reason, or a fault comes and goes, too often for a line each: `changes` had none since the last summary.",
    fields: ["component", "flappingReason", "gpu", "fault", "changes", "to", ...explanation],
  },
  xid: { what: "The driver reported an XID.", fields: ["gpu", "xid", "severity", "remedy"] },
  xid_repeated: {
    what: "The driver reports an XID too often for a line each: `count` had none since the last summary.",
    fields: ["gpu", "xid", "count"],
  },
  events_lost: { what: "Events of the driver came faster than they were read.", fields: ["count"] },
  fault_raised: { what: "A GPU has a fault.", fields: ["gpu", "fault", "severity", "remedy"] },
  fault_cleared: { what: "A fault is over, and by which evidence.", fields: ["gpu", "fault", "evidence"] },
  faults_acknowledged: { what: "An operator ended faults of a GPU.", fields: ["gpu", "faults"] },
  drill: { what: "The simulated GPUs were changed.", fields: ["drill"] },
  admin_request: {
    what: "A request on the admin listener was answered. At `debug` where a program reports what it does all the time; a warning where it was refused.",
    fields: ["method", "path", "status", "count", "trace_id"],
  },
  request_failed: {
    what: "A request failed inside the server: a bug, with its stack.",
    fields: ["err", "count", "trace_id"],
  },
  reloaded: { what: "A new configuration is in force, and who asked for it.", fields: ["cause", "trace_id"] },
  reload_failed: {
    what: "The configuration could not be read again; the running one stays.",
    fields: ["cause", "errors", "trace_id"],
  },
  restart_needed: { what: "Changed options that wait for the next start.", fields: ["options"] },
  connection_refused: {
    what: "A listener refused a connection; one line a minute for each listener and reason.",
    fields: ["server", "address", "reason", "peer", "count"],
  },
  request_unauthorized: {
    what: "A request came without the token; one line a minute for each listener.",
    fields: ["server", "address", "peer", "count"],
  },
  certificate_loaded: {
    what: "A listener shows a new certificate.",
    fields: ["server", "address", "subject", "expires"],
  },
  certificate_unusable: {
    what: "A new certificate cannot be used; the old one stays.",
    fields: ["server", "address", "problem"],
  },
  alert_sent: { what: "A receiver of alerts was told.", fields: ["receiver", ...alert] },
  alert_delivery_failing: { what: "A receiver of alerts cannot be told for now.", fields: ["receiver"] },
  alert_delivery_recovered: { what: "A receiver of alerts can be told again.", fields: ["receiver"] },
  alert_lost: { what: "A receiver was never told of this alert.", fields: ["receiver", ...alert] },
  restart_due: {
    what: "A supervised program ended or fails, and is restarted after a wait.",
    fields: ["supervised", "component"],
  },
  restarted: { what: "A supervised program was restarted.", fields: ["supervised", "component"] },
  restart_failed: { what: "A supervised program could not be restarted.", fields: ["supervised", "component"] },
  restart_given_up: { what: "A supervised program is not restarted any more.", fields: ["supervised", "component"] },
  restart_held: { what: "A restart would mend nothing.", fields: ["supervised", "component", "reason"] },
  restart_dry_run: { what: "What would be restarted, were it not for dryRun.", fields: ["supervised", "component"] },
  node_condition: {
    what: "The node's condition was written to Kubernetes; at `debug` where it says the same as before.",
    fields: ["node", "status", "reason"],
  },
  node_taint: {
    what: "A taint was put on the node, or taken away; or somebody else's (`foreign`) is in its place.",
    fields: ["node", "change", "taint"],
  },
  node_fault_remembered: {
    what: "Kubernetes remembers a fault that was told before this process started.",
    fields: ["node", "reason"],
  },
  node_fault_acknowledged: { what: "An operator ended a remembered fault.", fields: ["node", "reason"] },
  node_write_failing: { what: "Kubernetes cannot be told for now.", fields: ["node", "status"] },
  node_write_recovered: { what: "Kubernetes can be told again.", fields: ["node"] },
  node_event_refused: { what: "Kubernetes takes no Events from us; all else is written.", fields: ["node"] },
  systemd_not_told: { what: "systemd's socket takes no message.", fields: ["socket", "code"] },
  grace_period_too_short: { what: "Kubernetes kills the container before the drain is over.", fields: [] },
  unexpected_error: {
    what: "An error was thrown where nothing catches it: a bug, which the server survived.",
    fields: ["type", "code", "stack", "count", "notLogged"],
  },
  shutdown: { what: "The server drains and will end.", fields: ["signal", "delayMs", "deadlineMs"] },
  threads_abandoned: { what: "Threads are left in NVML calls that do not return.", fields: ["threads"] },
  stopped: { what: "The server has ended; the last line.", fields: [] },
  log_lines_dropped: { what: "Standard output did not take lines for a while.", fields: ["lines"] },
} as const satisfies Readonly<Record<string, LogEventDeclaration>>;

export type LogEvent = keyof typeof logEvents;
