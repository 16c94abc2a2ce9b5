import { beforeAll, expect, it } from "vitest";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { inRepository } from "./support/paths.js";
import { type RunningProcess, run, start } from "./support/processes.js";
import { type Server, startServingServer } from "./support/program.js";
import { describeWith, toolPath } from "./support/tools.js";

const script = inRepository("test/e2e/python/health_client.py");

let red: Server;
let blue: Server;

const messages = (client: { readonly stdout: string }): readonly unknown[] =>
  client.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

async function ask(...args: readonly string[]): Promise<unknown> {
  const outcome = await run(toolPath("python"), [script, ...args]);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return messages(outcome).at(-1);
}

const startClient = (...args: readonly string[]): RunningProcess => start(toolPath("python"), [script, ...args]);

/** Which servers answer a run of calls on the client's one channel. */
async function answering(client: RunningProcess): Promise<unknown> {
  const alreadyAnswered = client.lines().length;
  client.send("");
  return client.until(() => messages(client)[alreadyAnswered]);
}

describeWith(["python"], "a Python client on grpcio", () => {
  beforeAll(async () => {
    const serverNamed = (name: string): Promise<Server> =>
      startServingServer({ config: `${quickGpus}\n  server-${name}: { critical: [gpu] }\n`, simulate: "h200x1" });
    [red, blue] = await Promise.all([serverNamed("red"), serverNamed("blue")]);
  });

  it("checks and lists", async () => {
    expect(await ask("check", red.grpc, "inference")).toEqual({ status: "SERVING" });
    expect(await ask("check", red.grpc, "nobody")).toMatchObject({ error: "NOT_FOUND" });
    expect(await ask("list", red.grpc)).toMatchObject({ "": "SERVING", "gpu/0": "SERVING", "server-red": "SERVING" });
  });

  it("watches a drill", async () => {
    const watcher = startClient("watch", red.grpc, "inference");
    await eventually(() => expect(messages(watcher)).toEqual([{ status: "SERVING" }]));
    await red.drill(...fillFirstGpu);
    await eventually(() => expect(messages(watcher)).toEqual([{ status: "SERVING" }, { status: "NOT_SERVING" }]));
    await red.drill("reset");
    await eventually(() => expect(messages(watcher).at(-1)).toEqual({ status: "SERVING" }));
    expect(messages(watcher)).toHaveLength(3);
    await watcher.kill();
  });

  it("balances by gRPC's own client-side health checking, which follows a drill", async () => {
    const client = startClient("balance", "inference", red.grpc, blue.grpc);
    await eventually(async () => expect(await answering(client)).toEqual(["server-blue", "server-red"]));

    await red.drill(...fillFirstGpu);
    await eventually(async () => expect(await answering(client)).toEqual(["server-blue"]));
    expect(await answering(client)).toEqual(["server-blue"]);
    await red.drill("reset");
    await eventually(async () => expect(await answering(client)).toEqual(["server-blue", "server-red"]));
    await client.kill();
  });
});
