import { refusingAddress } from "./fake-servers.js";
import { request } from "./http.js";
import { type RunningProcess, start } from "./processes.js";
import { temporaryFolder } from "./program.js";
import { toolPath } from "./tools.js";

/** A member of etcd, with a data folder of its own. */
export class EtcdMember {
  private process: RunningProcess;

  constructor(
    readonly name: string,
    /** `http://HOST:PORT`, for clients. */
    readonly endpoint: string,
    private readonly args: readonly string[],
  ) {
    this.process = start(toolPath("etcd"), args, { env: quiet });
  }

  get address(): string {
    return new URL(this.endpoint).host;
  }

  /** Calls the JSON gateway; gives the body. */
  async call(path: string, body: object): Promise<string> {
    const answer = await request(this.address, "POST", path, body);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.text;
  }

  freeze(): void {
    this.process.signal("SIGSTOP");
  }

  thaw(): void {
    this.process.signal("SIGCONT");
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  /** Starts it again on its data. */
  restart(): void {
    this.process = start(toolPath("etcd"), this.args, { env: quiet });
  }
}

const quiet = { ETCD_LOG_LEVEL: "warn" };

/** A cluster of that many members, which do not wait for disks. `flags` are those of every member. */
export async function startEtcd(
  size: number,
  { flags = [], scheme = "http" }: { readonly flags?: readonly string[]; readonly scheme?: "http" | "https" } = {},
): Promise<readonly EtcdMember[]> {
  const planned = await Promise.all(
    Array.from({ length: size }, async (_, index) => ({
      name: `member-${index}`,
      peer: `http://${(await refusingAddress()).address}`,
      client: `${scheme}://${(await refusingAddress()).address}`,
    })),
  );
  const cluster = planned.map(({ name, peer }) => `${name}=${peer}`).join(",");
  return planned.map(
    ({ name, peer, client }) =>
      new EtcdMember(name, client, [
        ...["--name", name, "--data-dir", temporaryFolder(name), "--unsafe-no-fsync"],
        ...["--listen-client-urls", client, "--advertise-client-urls", client],
        ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", cluster],
        ...flags,
      ]),
  );
}
