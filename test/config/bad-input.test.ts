import { describe, expect, it } from "vitest";
import { formatConfigurationError, loadConfiguration } from "../../src/config/load.js";

const errorsOf = (text: string, environment: Record<string, string> = {}): readonly string[] => {
  const loaded = loadConfiguration(text, "f.yaml", environment);
  return loaded.ok ? [] : loaded.errors.map(formatConfigurationError);
};

describe("a file with errors", () => {
  it.each([
    ["http", 'url: "10.0.0.1:8000/ready"'],
    ["llm", 'url: "10.0.0.1:8000"'],
    ["model", 'server: triton, url: "10.0.0.1:8000"'],
    ["etcd", 'endpoints: ["10.0.0.1:2379"]'],
    ["s3", 'bucket: x, endpoint: "10.0.0.1:9000"'],
    ["pulsar", 'url: "10.0.0.1:8080"'],
  ])("says of a %s check with tls what is no URL", (type, options) => {
    const [error, ...more] = errorsOf(`checks:\n  a: { type: ${type}, ${options}, tls: { verify: false } }`);
    expect(error).toMatch(/^f\.yaml:2:\d+: checks\.a\.(url|endpoint|endpoints\[0\]): expected a URL/);
    expect(more).toEqual([]);
  });

  it("does not repeat the rest of a file after a bracket too many", () => {
    const text = "checks:\n  a: { type: gpu }]\n  b: { type: disk }\nlog: { level: debug }\n";
    expect(errorsOf(text)).toEqual(['f.yaml:2:19: "]" does not belong here: nothing from here on was read']);
  });

  it("counts lines in what it can make no sense of", () => {
    const text = "    typu\nx: &a [1]\nchecks:\n  gpu:\n    typu\n    minFreeMemory: *a\n";
    expect(errorsOf(text).at(-1)).toMatch(/^f\.yaml:3:7: ":" does not belong here/);
    expect(errorsOf("a\nb: [1]\n").at(-1)).toMatch(/^f\.yaml:[12]:/);
  });

  it("finds where aliases cannot be followed", () => {
    const many = Array.from({ length: 1001 }, (_, index) => `  c${index}: *a`).join("\n");
    expect(errorsOf(`checks:\n  c: &a { type: gpu }\n${many}\n`)).toEqual([
      "f.yaml:1003:10: the aliases of one anchor stand for more than 1000 values: write some of them out",
    ]);
    expect(errorsOf("x: &a 5\nchecks:\n  gpu: { type: gpu, <<: *a }\n")).toEqual([
      "f.yaml:3:21: only mappings can be merged with <<",
    ]);
  });

  // Without bounds each of the two takes longer than a test may.
  it("finds them soon where there are very many, or where they stand for very much", () => {
    const many = Array.from({ length: 60_000 }, () => "*a").join(",");
    expect(errorsOf(`x: &a 1\nchecks: [${many}]\n`)).toHaveLength(1);
    const large = Array.from({ length: 50_000 }, () => "0").join(",");
    const some = Array.from({ length: 999 }, () => "*a").join(",");
    expect(errorsOf(`x: &a [${large}]\nchecks: [${some}]\n`)).toEqual([
      expect.stringContaining("the file has more than 1000000 values"),
    ]);
  });

  it("shows no character that a terminal would act on", () => {
    const text = 'checks: { "a\\e[31m\\u202e": { type: disk } }\ncomponents: { x: { critical: [nothing-like-it] } }';
    const errors = errorsOf(text).join(" ");
    expect(errors).toContain("known are a\\u001b[31m\\u202e");
    expect(errors).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  });

  it("guesses no word that has nothing in common with the given one", () => {
    expect(errorsOf('checks: { a: { type: dns, name: h.example, record: "5" } }')).toEqual([
      expect.stringContaining('unknown value "5": known are A, AAAA'),
    ]);
  });

  it("says what is wrong with a key, and of a value that can be several things", () => {
    expect(errorsOf('checks:\n  a: { type: exec, command: [/x], env: { "A=B": x } }')).toEqual([
      'f.yaml:2:49: checks.a.env."A=B": is no name of an environment variable',
    ]);
    expect(
      errorsOf('checks:\n  a: { type: http, url: "http://h", expect: { json: [{ path: $.a, equals: {} }] } }'),
    ).toEqual(["f.yaml:2:75: checks.a.expect.json[0].equals: expected a text, a number, true, false or null"]);
  });

  // Written so that linters do not take it for a forgotten template string.
  const variable = `$\{T}`;

  it.each([
    `http: { details: { token: "${variable}" } }`,
    `checks: { a: { type: http, url: "http://h", auth: { bearer: "${variable}" } } }`,
  ])("refuses a secret that no header can hold: %s", (text) => {
    const errors = errorsOf(text, { T: "s3cret\nmore" });
    expect(errors).toEqual([expect.stringContaining("must be one line")]);
    expect(errors.join()).not.toContain("s3cret");
  });

  it("refuses a value that no header can hold", () => {
    const text = `alerts: { a: { type: webhook, url: "http://h", headers: { authorization: "Bearer ${variable}" } } }`;
    const errors = errorsOf(text, { T: "s3cret\nmore" });
    expect(errors).toEqual([expect.stringContaining("has a character that no header can hold")]);
    expect(errors.join()).not.toContain("s3cret");
  });
});

describe("listeners", () => {
  it.each([
    ["0.0.0.0:9092", true],
    ["[::]:9092", true],
    ["127.0.0.1:9092", true],
    ["[::1]:9092", false],
    ["127.0.0.2:9092", false],
    ["0.0.0.0:9093", false],
  ])("%s beside 127.0.0.1:9092", (address, isTaken) => {
    expect(errorsOf(`http: { listen: '${address}' }`)).toHaveLength(isTaken ? 1 : 0);
  });
});

describe("supervise", () => {
  it("takes no name of a component", () => {
    const text =
      "checks: { a: { type: disk } }\ncomponents: { supervise/x: { critical: [a] } }\nsupervise: { x: { run: [a] } }";
    expect(errorsOf(text)).toEqual([
      "f.yaml:3:14: supervise.x: components has another supervise/x, which is this program's name there: rename one of the two",
    ]);
  });

  it("runs a program whatever its name", () => {
    const loaded = loadConfiguration("supervise: { __proto__: { run: [a] } }", "f.yaml", {});
    expect(loaded.ok && Object.keys(loaded.configuration.supervise)).toEqual(["__proto__"]);
  });

  it.each(['run: ["a\\0b"]', 'run: [a], cwd: "/\\0"', 'run: [a], env: { A: "\\0" }', 'run: [a], env: { "A=B": x }'])(
    "refuses what no program can be started with: %s",
    (options) => expect(errorsOf(`supervise: { x: { ${options} } }`)).toHaveLength(1),
  );
});
