import { describe, expect, it } from "vitest";
import { componentDefinitions } from "../../src/runtime/components.js";

const check = (name: string, type = name) => ({ name, type });
const inference = { name: "inference", critical: ["gpu", "model"], optional: ["cache"] };

function definitions(changes: Partial<Parameters<typeof componentDefinitions>[0]> = {}) {
  const all = componentDefinitions({ checks: [], builtInChecks: [], components: [], reported: [], ...changes });
  return new Map(all.map((definition) => [definition.name, definition]));
}

describe("componentDefinitions", () => {
  it("has the built-in components, whatever is configured", () => {
    expect([...definitions().keys()]).toEqual(["", "readiness", "liveness", "startup"]);
  });

  it("makes critical to readiness what a component needs or nobody names, and optional what is only optional", () => {
    const checks = ["gpu", "model", "cache", "disk"].map((name) => check(name));
    const readiness = definitions({ checks, components: [inference] }).get("readiness");
    expect(readiness).toMatchObject({ critical: ["gpu", "model", "disk"], optional: ["cache"], carriesTraffic: true });
  });

  it("keeps a check critical that one component needs and another could do without", () => {
    const other = { name: "other", critical: ["cache"], optional: [] };
    const readiness = definitions({ checks: [check("cache")], components: [inference, other] }).get("readiness");
    expect(readiness).toMatchObject({ critical: ["cache"], optional: [] });
  });

  it("never lets liveness depend on a GPU or a dependency", () => {
    const checks = [check("gpu"), check("model", "http"), check("event-loop")];
    expect(definitions({ checks }).get("liveness")).toMatchObject({
      critical: ["event-loop"],
      optional: [],
      carriesTraffic: false,
    });
  });

  it("keeps built-in checks out of readiness", () => {
    const all = definitions({ checks: [check("disk")], builtInChecks: [check("built-in/event-loop", "event-loop")] });
    expect(all.get("readiness")?.critical).toEqual(["disk"]);
    expect(all.get("liveness")?.critical).toEqual(["built-in/event-loop"]);
  });

  it("has a gpu component where there is a gpu check", () => {
    expect(definitions({ checks: [check("cards", "gpu")] }).get("gpu")?.critical).toEqual(["cards"]);
    expect(definitions().has("gpu")).toBe(false);
  });

  it("has the components that others report", () => {
    const reported = [{ name: "tokenizer", check: "reported/tokenizer" }];
    expect(definitions({ reported }).get("tokenizer")).toMatchObject({ critical: ["reported/tokenizer"] });
  });
});
