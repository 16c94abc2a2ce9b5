import { describe, expect, it } from "vitest";
import { formatConfigurationError, loadConfiguration } from "../../src/config/load.js";
import { maxComponentNameBytes } from "../../src/core/component.js";

const errorsOf = (text: string, environment: Record<string, string> = {}): readonly string[] => {
  const loaded = loadConfiguration(text, "f.yaml", environment);
  return loaded.ok ? [] : loaded.errors.map(formatConfigurationError);
};

const configurationOf = (text: string, environment: Record<string, string> = {}) => {
  const loaded = loadConfiguration(text, "f.yaml", environment);
  if (!loaded.ok) throw new Error(loaded.errors.map(formatConfigurationError).join("\n"));
  return loaded.configuration;
};

describe("a valid file", () => {
  it("becomes a configuration with units in the names and every default filled in", () => {
    const configuration = configurationOf(`
grpc: { listen: ["0.0.0.0:50051", "unix:///run/health.sock"] }
gpu: { interval: 500ms, library: /opt/libnvidia-ml.so.1 }
drain: { delay: 10s, deadline: 1m }
checks:
  model: { type: http, url: "http://127.0.0.1:8000/ready", interval: 10s, jitter: 0% }
components:
  inference: { critical: [model] }
`);
    expect(configuration).toMatchObject({
      grpc: { listen: [{ address: "0.0.0.0:50051" }, { address: "unix:/run/health.sock" }], maxWatchers: 10_000 },
      http: { listen: [{ address: "0.0.0.0:9091" }] },
      admin: { listen: [{ address: "127.0.0.1:9092" }] },
      gpu: { mode: "auto", intervalMs: 500, stallAfterMs: 5000, library: "/opt/libnvidia-ml.so.1" },
      drain: { delayMs: 10_000, deadlineMs: 60_000 },
      log: { level: "info" },
      components: [{ name: "inference", critical: ["model"], optional: [] }],
    });
    expect(configuration.checks).toEqual([
      {
        name: "model",
        type: "http",
        isImplicit: false,
        about: { dependsOn: [] },
        schedule: {
          intervalMs: 10_000,
          timeoutMs: 2000,
          initialDelayMs: 0,
          jitter: 0,
          failureThreshold: 2,
          successThreshold: 1,
        },
        options: {
          url: "http://127.0.0.1:8000/ready",
          method: "GET",
          headers: {},
          expect: { status: [{ from: 200, to: 299 }] },
          redirect: "follow",
          http2: false,
        },
        secrets: [],
      },
    ]);
  });

  it.each(["", "# nothing yet\n", "grpc:\nhttp:\n"])("may be as empty as %j: defaults run", (text) => {
    const { checks } = configurationOf(text);
    expect(checks.map(({ name, isImplicit }) => [name, isImplicit])).toEqual([
      ["gpu", true],
      ["event-loop", true],
      ["memory", true],
      ["disk", true],
    ]);
  });

  it("may ask for no checks", () => {
    expect(configurationOf("checks: {}").checks).toEqual([]);
  });

  it("shortens a timeout that nobody set to a shorter interval", () => {
    const [check] = configurationOf("checks: { a: { type: disk, interval: 1s } }").checks;
    expect(check?.schedule).toMatchObject({ intervalMs: 1000, timeoutMs: 1000 });
  });

  it("says of a check what it stands for, where to look, and what it depends on", () => {
    const [api] = configurationOf(`
checks:
  api: { type: disk, description: what clients call, runbook: "https://wiki.example/api", dependsOn: [database] }
  database: { type: disk }
`).checks;
    expect(api?.about).toEqual({
      description: "what clients call",
      runbook: "https://wiki.example/api",
      dependsOn: ["database"],
    });
  });

  it("may share parts by anchors and merge keys", () => {
    const { checks } = configurationOf(`
checks:
  a: &disk { type: disk, interval: 20s, path: /a }
  b: { <<: *disk, path: /b }
`);
    expect(checks.map(({ schedule, options }) => [schedule.intervalMs, (options as { path: string }).path])).toEqual([
      [20_000, "/a"],
      [20_000, "/b"],
    ]);
  });
});

describe("a file with errors", () => {
  it("is told all of them at once, in its order, each where it is", () => {
    const text = `grpc: { listen: "0.0.0.0:50051", lisen: 4 }
http: { listen: ["0.0.0.0:9091", nope] }
gpu: { mode: auti, interval: 10, stallAfter: 5s }
checks:
  gpu:   { type: gpu, minFreeMemory: 2GiX, failureThreshold: 0, minFreMemory: 3 }
  Model: { type: htp, url: "http://127.0.0.1:8000/v2/health/ready" }
  cache: { type: disk, path: "\${NOPE}", intervall: 2s }
  disk: { type: disk, timeout: 1m }
  disk: { type: disk, timeout: 1m }
components:
  inference: { critical: [gpu, cach], optional: [cache, gpu] }
  gpu: {}
`;
    expect(errorsOf(text)).toEqual([
      'f.yaml:1:34: grpc.lisen: unknown key "lisen": did you mean listen?',
      'f.yaml:2:34: http.listen[1]: "nope" is not an address: write a host and a port, as in 127.0.0.1:9091, [::1]:9091 or unix:/run/gpu-health.sock',
      'f.yaml:3:14: gpu.mode: unknown value "auti": did you mean auto?',
      "f.yaml:3:30: gpu.interval: 10 has no unit: write 10s, for instance",
      'f.yaml:5:38: checks.gpu.minFreeMemory: "2GiX" has the unknown unit "GiX": a size takes B, KiB, MiB, GiB and TiB (powers of 1024), kB, MB, GB and TB (powers of 1000)',
      "f.yaml:5:62: checks.gpu.failureThreshold: must be at least 1",
      'f.yaml:5:65: checks.gpu.minFreMemory: unknown key "minFreMemory": did you mean minFreeMemory?',
      "f.yaml:6:3: checks.Model: the name of a check has only a-z, 0-9, _ and -, and starts with a letter or digit",
      'f.yaml:6:18: checks.Model.type: unknown check type "htp": did you mean http?',
      "f.yaml:7:30: checks.cache.path: the environment variable NOPE is not set",
      'f.yaml:7:41: checks.cache.intervall: unknown key "intervall": did you mean interval?',
      "f.yaml:8:32: checks.disk.timeout: 60 s is longer than the interval of 30 s: a check never overlaps itself, so give it a longer interval",
      "f.yaml:9:3: this key is there twice in the same mapping",
      'f.yaml:11:32: components.inference.critical[1]: unknown check "cach": did you mean cache?',
      "f.yaml:11:57: components.inference.optional[1]: check gpu is named twice",
      'f.yaml:12:3: components.gpu: "gpu" is built in: give the component another name',
      "f.yaml:12:8: components.gpu: names no check: list some under `critical` or `optional`",
    ]);
  });

  it.each([
    ["checks:\n", "1:1: checks: expected a mapping of names to checks: `{}` for none"],
    ["checks: { a: }", "1:11: checks.a: expected a mapping with the check's `type` and its options"],
    ["checks: { a: {} }", "1:11: checks.a.type: missing: expected the type of the check, one of gpu, cuda, http"],
    ["checks: { a: { type: http } }", "1:11: checks.a.url: missing: expected a text"],
    ["checks: { a: { type: http, url: 'ftp://x' } }", "1:33: checks.a.url: expected a URL with http:// or https://"],
    ["checks: { a: { type: tcp, address: 'a:0' } }", "1:36: checks.a.address: port 0 cannot be connected to"],
    ["checks: { a: { type: exec, command: ls } }", '1:37: checks.a.command: expected a list, got "ls"'],
    ["checks: { a: { type: exec, command: [] } }", "1:28: checks.a.command[0]: missing: expected a text"],
    ["checks: { a: { type: disk, maxUsed: 95 } }", "1:37: checks.a.maxUsed: 95 has no unit: write 95%, for instance"],
    ["checks: { a: { type: disk, path: var } }", "1:34: checks.a.path: expected an absolute path"],
    ["checks: { a: { type: disk, interval: 1ms } }", "1:38: checks.a.interval: must be at least 100 ms"],
    ["checks: { a: { type: disk, interval: 30d } }", "1:38: checks.a.interval: must be at most 24 h"],
    ["checks: { a: { type: disk, jitter: 100% } }", "1:36: checks.a.jitter: must be at most 50 %"],
    ["components: { a: { critical: memory } }", '1:30: components.a.critical: expected a list, got "memory"'],
    ["components: { 'a b': { critical: [memory] } }", '1:15: components."a b": the name of a component has only'],
    ["components: { gpu/3: { critical: [memory] } }", '1:15: components.gpu/3: "gpu/3" is built in'],
    ["components: { '': { critical: [memory] } }", '1:15: components."": "" is built in'],
    ["drain: { delay: 30s }", "1:1: drain.deadline: must be longer than drain.delay (30 s)"],
    ["gpu: { stallAfter: 1s }", "1:20: gpu.stallAfter: must be longer than gpu.interval (1 s)"],
    ["gpu: { mode: off }\nchecks: { g: { type: gpu } }", "2:22: checks.g.type: never passes while gpu.mode is off"],
    ["http: { listen: '0.0.0.0:50051' }", "1:17: http.listen: 0.0.0.0:50051 is taken by grpc.listen already"],
    [
      "admin: { listen: ['127.0.0.1:1', '0.0.0.0:9092'] }",
      "1:18: admin.listen: others can reach 0.0.0.0:9092, and there is no admin.token: set one, or listen on 127.0.0.1 or a Unix socket",
    ],
    ["http: { details: {} }", "1:18: http.details: needs `allow`, `token` or both: else nobody would see any"],
    ["admin: { token: '' }", "1:17: admin.token: must not be empty"],
    ["http: { listen: [] }", "1:17: http.listen: must have at least 1 entry"],
    ["gprc:", '1:1: gprc: unknown key "gprc": did you mean grpc?'],
    ["grpc: { maxWatchers: many }", '1:22: grpc.maxWatchers: expected a number, got "many"'],
    [
      "- a",
      "1:1: expected a mapping with the sections grpc, http, admin, gpu, metrics, drain, reload, log, checks, components",
    ],
    ["a: [", "1:5: flow sequence in block collection must be sufficiently indented and end with a ]"],
    ["a: b\n\tc: d", "2:1: tabs are not allowed as indentation"],
    ["grpc: {}\n---\nhttp: {}", "2:1: a second document starts here: a configuration is one document"],
    ["log: { level: *nothing }", "1:15: no anchor &nothing stands before this alias"],
    ["? [a]\n: b", "1:3: a key is a plain word or a text in quotes"],
    ["checks: !!set { a }", "1:9: unresolved tag: tag:yaml.org,2002:set"],
  ])("%j", (text, expected) => {
    const errors = errorsOf(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(`f.yaml:${expected}`);
  });

  it("bounds the name of a component", () => {
    const named = (name: string) =>
      errorsOf(`checks: { a: { type: disk } }\ncomponents: { ${name}: { critical: [a] } }`);
    expect(named("x".repeat(maxComponentNameBytes))).toEqual([]);
    expect(named("x".repeat(maxComponentNameBytes + 1))).toEqual([
      expect.stringContaining(`only letters, digits, _, -, . and /, ${maxComponentNameBytes} at most`),
    ]);
  });

  it("finds errors behind aliases and merge keys where they are used", () => {
    expect(errorsOf("checks:\n  a: &a { type: disk, interval: 10s }\n  b: { <<: *a, timeout: 20s }\n")).toEqual([
      expect.stringContaining("f.yaml:3:25: checks.b.timeout: 20 s is longer than the interval of 10 s"),
    ]);
  });

  it("takes names of JavaScript's own as names", () => {
    expect(errorsOf("__proto__: { a: 1 }\nchecks: { constructor: { type: toString } }")).toEqual([
      expect.stringContaining('f.yaml:1:1: __proto__: unknown key "__proto__"'),
      expect.stringContaining('f.yaml:2:32: checks.constructor.type: unknown check type "toString"'),
    ]);
  });
});

describe("a hostile file", () => {
  it("cannot multiply itself by aliases", () => {
    const levels = "bcdefghi".split("").map((name, index) => {
      const previous = "abcdefgh".charAt(index);
      return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${previous}`).join(", ")}]`;
    });
    expect(errorsOf(`a: &a [x]\n${levels.join("\n")}\n`)).toEqual([
      expect.stringContaining("the aliases of one anchor stand for more than 1000 values"),
    ]);
  });

  it("cannot contain itself", () => {
    expect(errorsOf("checks: &a { b: *a }")).toEqual(["f.yaml:1:1: an alias stands inside of what it is an alias of"]);
  });

  // Deeper ones end the process in the middle of a regular expression, so only a bound before the parser helps.
  it.each([51, 1000, 20_000])("cannot be nested %d levels deep", (depth) => {
    expect(errorsOf(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`)).toEqual([
      "f.yaml:1:53: nested more than 50 levels deep",
    ]);
  });

  it("cannot be nested too deep by indentation", () => {
    const lines = Array.from({ length: 1000 }, (_, depth) => `${" ".repeat(depth)}a:`);
    expect(errorsOf(lines.join("\n"))).toEqual([expect.stringContaining("nested more than 50 levels deep")]);
  });
});

describe("dependsOn", () => {
  it("names known checks, each once", () => {
    expect(
      errorsOf(
        "checks:\n  api: { type: disk, dependsOn: [databse, disk, disk, 3] }\n  disk: { type: disk }\n  database: { type: disk }\n",
      ),
    ).toEqual([
      'f.yaml:2:34: checks.api.dependsOn[0]: unknown check "databse": did you mean database?',
      "f.yaml:2:49: checks.api.dependsOn[2]: check disk is named twice",
      "f.yaml:2:55: checks.api.dependsOn[3]: expected a text, got 3",
    ]);
  });

  it("goes in no circle", () => {
    const text = `checks:
  a: { type: disk, dependsOn: [b] }
  b: { type: disk, dependsOn: [c] }
  c: { type: disk, dependsOn: [a] }
  d: { type: disk, dependsOn: [d] }
`;
    expect(errorsOf(text)).toEqual([
      "f.yaml:2:32: checks.a.dependsOn[0]: a circle: a depends on b depends on c depends on a",
      "f.yaml:5:32: checks.d.dependsOn[0]: a check cannot depend on itself",
    ]);
  });

  it("takes nothing but web addresses for a runbook", () => {
    expect(errorsOf('checks: { a: { type: disk, runbook: "javascript:alert(1)" } }')).toEqual([
      "f.yaml:1:37: checks.a.runbook: expected a URL with http:// or https://, as in https://wiki.example/runbooks/model",
    ]);
  });
});
