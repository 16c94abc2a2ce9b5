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
  readonly grpc?: SectionInput;
  readonly http?: SectionInput;
  readonly admin?: SectionInput;
  readonly gpu?: SectionInput;
  readonly metrics?: SectionInput;
  readonly drain?: SectionInput;
  readonly reload?: SectionInput;
  readonly log?: SectionInput;
  /** By name. Left out: GPUs, event loop, memory and disk. */
  readonly checks?: Readonly<Record<string, CheckInput>>;
  /** By name, as clients ask for them. */
  readonly components?: Readonly<Record<string, ComponentInput>>;
  readonly alerts?: unknown;
  readonly supervise?: unknown;
}
