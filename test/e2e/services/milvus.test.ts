import { expect, it } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { FreezingProxy } from "../support/freezing-proxy.js";
import { get } from "../support/http.js";
import { inRepository } from "../support/paths.js";
import { type RunningProcess, start } from "../support/processes.js";
import { startServingServer, temporaryFolder } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith, toolPath } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

/** Milvus Lite, in a folder of its own. It knows no users and is always healthy: that is for the unit tests. */
class MilvusLite {
  private process: RunningProcess;

  private constructor(
    readonly address: string,
    private readonly folder: string,
  ) {
    this.process = this.start();
  }

  static async start(): Promise<MilvusLite> {
    return new MilvusLite((await refusingAddress()).address, temporaryFolder("milvus"));
  }

  private start(): RunningProcess {
    const [host = "", port = ""] = this.address.split(":");
    const args = ["server", "--data-dir", this.folder, "--host", host, "--port", port];
    return start(toolPath("milvus-lite"), args);
  }

  restart(): void {
    this.process = this.start();
  }

  /** SIGINT, which gives the data folder back. */
  async stop(): Promise<void> {
    this.process.signal("SIGINT");
    await this.process.end();
  }
}

/** Milvus's own client. */
class Collections {
  private commands = 0;

  private constructor(private readonly process: RunningProcess) {}

  static async connect(address: string): Promise<Collections> {
    const script = inRepository("test/e2e/python/milvus_collections.py");
    const process = start(toolPath("python"), [script, `http://${address}`]);
    await process.until(() => process.lines().find((line) => line === "ready"));
    return new Collections(process);
  }

  async run(command: string): Promise<void> {
    this.commands += 1;
    this.process.send(command);
    await this.process.until(() => this.process.lines().filter((line) => line === "done")[this.commands - 1]);
  }
}

describeWith(["milvus-lite", "python"], "milvus", () => {
  it("knows what is loaded, and is NOT_SERVING while Milvus is down", async () => {
    const milvus = await MilvusLite.start();
    const { address } = milvus;
    const check = createCheck("milvus", { address, collections: ["documents"] });
    const ask = (): Promise<Result> => runOnce(check);
    const until = (expected: object) => eventually(async () => expect(await ask()).toMatchObject(expected));

    await until({ status: "unhealthy", reason: "collection_not_found" });
    expect(await ask()).toMatchObject({ metadata: { version: expect.stringContaining("milvus_lite") } });
    expect(await runOnce(createCheck("milvus", { address }))).toMatchObject({ status: "healthy" });

    const collections = await Collections.connect(address);
    await collections.run("create documents");
    await collections.run("release documents");
    const released = await ask();
    expect(released).toMatchObject({ status: "unhealthy", reason: "collection_not_loaded" });
    expect(released.message).toBe(`${address}: documents is not loaded; 0 of 1 collections are loaded`);
    await collections.run("load documents");
    expect(await ask()).toMatchObject({ status: "degraded", reason: "collection_empty" });
    await collections.run("insert documents 7");
    const well = await ask();
    expect(well).toMatchObject({
      status: "healthy",
      readings: { loadedCollections: { ok: true, value: 1 } },
      series: { entities: [{ labels: { collection: "documents" }, value: 7 }] },
    });
    expect(well.message).toContain(`${address} is healthy, documents has 7 entities`);

    const proxy = new FreezingProxy();
    const behind = createCheck("milvus", { address: await proxy.listen(address), collections: ["documents"] });
    expect(await runOnce(behind)).toMatchObject({ status: "healthy" });
    proxy.freeze();
    expect(await runOnce(behind, AbortSignal.timeout(300))).toMatchObject({ status: "unhealthy", reason: "timeout" });

    const config = `
gpu: { mode: off }
checks:
  vectors:
    type: milvus
    address: ${address}
    collections: [documents]
    interval: 300ms
    timeout: 300ms
    failureThreshold: 1
components: { search: { critical: [vectors] } }
`;
    const server = await startServingServer({ config });
    const watcher = new Watcher(server.grpc, "search");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect((await get(server.http, "/metrics")).text).toMatch(
      /milvus_collection_entities\{.*collection="documents".*\} 7/,
    );
    await milvus.stop();
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
    expect(watcher.statuses.at(-1)).toBe(notServing);
    milvus.restart();
    await eventually(async () => expect((await get(server.http, "/readyz")).text).not.toContain("connection_refused"));
    const again = await Collections.connect(address);
    await again.run("load documents");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await again.run("drop documents");
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("collection_not_found"));
    expect(server.process.stderr).toBe("");
  });

  it("says where nobody answers", async () => {
    const { address } = await refusingAddress();
    expect(await runOnce(createCheck("milvus", { address }))).toMatchObject({
      status: "unhealthy",
      reason: "connection_refused",
      message: expect.stringMatching(new RegExp(`^${address}: the connection was refused after `)),
    });
    const silent = createCheck("milvus", { address: (await silentServer()).address });
    expect(await runOnce(silent, AbortSignal.timeout(200))).toMatchObject({ status: "unhealthy", reason: "timeout" });
  });
});
