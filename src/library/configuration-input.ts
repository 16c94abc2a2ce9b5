/** Options of a section, as docs/configuration.md has them. */
export type SectionInput = Readonly<Record<string, unknown>>;

/** One check: its type, what every check may have, and the options of its type. */
export interface CheckInput {
  /** A built-in type of docs/checks.md, or one of `checkTypes`. */
  readonly type: string;
  /** A sentence for people. */
  readonly description?: string;
  /** An http or https URL: what to do when the check fails. */
  readonly runbook?: string;
  /** Names of the checks without which this one cannot pass. */
  readonly dependsOn?: readonly string[];
  /** How often it runs, as in `5s`. */
  readonly interval?: string;
  /** The deadline of one run, as in `500ms`. */
  readonly timeout?: string;
  /** How long after the start the first run begins. */
  readonly initialDelay?: string;
  /** Share of the interval by which each wait varies, as in `10%`. */
  readonly jitter?: string;
  /** How many worse answers in a row make the check worse. */
  readonly failureThreshold?: number;
  /** How many better answers in a row make it better. */
  readonly successThreshold?: number;
  readonly [option: string]: unknown;
}

/** One component: the checks that decide its status. */
export interface ComponentInput {
  /** A sentence for people. */
  readonly description?: string;
  /** Names of checks whose failure makes the component unhealthy. */
  readonly critical?: readonly string[];
  /** Names of checks whose failure makes it degraded. */
  readonly optional?: readonly string[];
}

/**
 * A configuration as an object: the sections and options of the YAML file, docs/configuration.md. `${NAME}` in a text
 * stands for an environment variable here too. What is left out has the same default, but for the listeners: without
 * `listen` in its section nothing listens.
 */
export interface ConfigurationInput {
  /** The gRPC listener: addresses, TLS, limits, load reports. */
  readonly grpc?: SectionInput;
  /** The HTTP listener, and who sees more than a status there (of a router too). */
  readonly http?: SectionInput;
  /** The admin listener. */
  readonly admin?: SectionInput;
  /** Whether GPUs are needed, how often they are sampled, and what is a fault of theirs. */
  readonly gpu?: SectionInput;
  /** Names of metrics. */
  readonly metrics?: SectionInput;
  /** How the program ends; a library leaves that to its host. */
  readonly drain?: SectionInput;
  /** Whether a file is read again when it changes. */
  readonly reload?: SectionInput;
  /** From which level on `HealthOptions.log` is told. */
  readonly log?: SectionInput;
  /** By name. Left out: GPUs, event loop, memory and disk. */
  readonly checks?: Readonly<Record<string, CheckInput>>;
  /** By name, as clients ask for them. */
  readonly components?: Readonly<Record<string, ComponentInput>>;
  /** Who is told of what is wrong: docs/alerts.md. */
  readonly alerts?: unknown;
  /** Programs that are started and kept running: docs/supervise.md. */
  readonly supervise?: unknown;
}
