import { describe, expect, it } from "vitest";
import { substituteEnvironment } from "../../src/config/environment.js";
import { formatConfigurationError, loadConfiguration } from "../../src/config/load.js";

/** Written so that linters do not take it for a forgotten template string. */
const variable = (name: string) => `$\{${name}}`;

describe("substituteEnvironment", () => {
  const environment = { HOST: "db", PORT: "5432", EMPTY: "", FROM_FILE: "s3\ncret\r\n\n" };

  it.each([
    [`${variable("HOST")}:${variable("PORT")}`, "db:5432"],
    [`a${variable("EMPTY")}b`, "ab"],
    [`$${variable("HOST")}`, variable("HOST")],
    [`Bearer ${variable("FROM_FILE")}.`, "Bearer s3\ncret."],
    ["$HOST and $$ stay", "$HOST and $$ stay"],
  ])("makes %j %j", (text, result) => {
    expect(substituteEnvironment({ a: [text] }, environment)).toMatchObject({ value: { a: [result] }, problems: [] });
  });

  it("leaves keys and other values alone", () => {
    const value = { [variable("HOST")]: 5, b: null, c: true };
    expect(substituteEnvironment(value, environment).value).toEqual(value);
  });

  it("does not look into the values that it puts in", () => {
    const nested = { A: variable("HOST"), HOST: "db" };
    expect(substituteEnvironment(variable("A"), nested).value).toBe(variable("HOST"));
  });

  it.each([
    [variable("MISSING"), "the environment variable MISSING is not set"],
    [variable("A B"), `${variable("A B")} names no environment variable: write ${variable("NAME")}`],
    [variable(""), `${variable("")} names no environment variable`],
    ["${OPEN", "${OPEN names no environment variable"],
  ])("reports %j", (text, message) => {
    const { problems } = substituteEnvironment({ a: { b: text } }, environment);
    expect(problems).toEqual([{ path: ["a", "b"], at: "value", message: expect.stringContaining(message) }]);
  });
});

describe("a value from the environment", () => {
  it("never shows in an error", () => {
    const text = `checks: { a: { type: disk, maxUsed: "${variable("SECRET")}", path: "${variable("SECRET")}" } }`;
    const loaded = loadConfiguration(text, "f.yaml", { SECRET: "hunter2" });
    const errors = loaded.ok ? [] : loaded.errors.map(formatConfigurationError);
    expect(errors).toHaveLength(2);
    expect(errors.join("\n")).toContain(`"${variable("SECRET")}" is not a percentage`);
    expect(errors.join("\n")).not.toContain("hunter2");
  });

  it.each([
    ["gpu: { interval: V }", 'pa"ss\\word'],
    ["gpu: { mode: V }", 'pa"ss\\word'],
    ["log: { level: V }", "two\nlines"],
    ["gpu: { interval: V }", " 20412"],
    ["gpu: { interval: V }", "5hunter"],
    ["grpc: { listen: ['10.1.2.3:7', V] }", "10.1.2.3:7"],
    ["checks: { a: { type: V } }", "hunter2"],
  ])("does not show in an error of %s in part or escaped (%j)", (text, value) => {
    const loaded = loadConfiguration(text.replace("V", `"${variable("SECRET")}"`), "f.yaml", { SECRET: value });
    const messages = loaded.ok ? [] : loaded.errors.map(({ message }) => message);
    expect(messages).toHaveLength(1);
    for (const part of [value, value.trim(), JSON.stringify(value).slice(1, -1), value.slice(1)]) {
      expect(messages.join("\n")).not.toContain(part);
    }
  });

  it.each(["a", " ", "$&"])("that is as short as %j leaves the rest of the message alone", (value) => {
    const loaded = loadConfiguration(`gpu: { interval: "${variable("SHORT")}" }`, "f.yaml", { SHORT: value });
    expect(loaded.ok ? [] : loaded.errors.map(({ message }) => message)).toEqual([
      `"${variable("SHORT")}" is not a duration: write a number and a unit, as in 5s`,
    ]);
  });
});

describe("a secret in the file", () => {
  it("never shows in an error", () => {
    const text =
      'checks: { a: { type: http, url: "http://127.0.0.1/", auth: { bearer: 20412041, password: [hunter2] } } }';
    const loaded = loadConfiguration(text, "f.yaml", {});
    const errors = loaded.ok ? [] : loaded.errors.map(formatConfigurationError);
    expect(errors.join("\n")).toContain("checks.a.auth.bearer: expected a text");
    expect(errors.join("\n")).not.toMatch(/20412041|hunter2/);
  });

  it("is known to the configuration, to be taken out of what the check says", () => {
    const text = `checks: { a: { type: http, url: "http://app:hunter2@h/", headers: { x-key: "k=${variable("KEY")}" }, auth: { bearer: "file:/t" } } }`;
    const loaded = loadConfiguration(text, "f.yaml", { KEY: "value-1" });
    expect(loaded.ok && loaded.configuration.checks[0]?.secrets).toEqual(["value-1", "file:/t", "hunter2"]);
  });
});
