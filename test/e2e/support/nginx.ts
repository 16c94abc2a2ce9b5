import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, Certificates } from "../../support/certificates.js";
import { eventually } from "./eventually.js";
import { freePort } from "./free-port.js";
import { get } from "./http.js";
import { type RunningProcess, start } from "./processes.js";
import { serviceFolder } from "./service-folder.js";
import { toolPath } from "./tools.js";

/** nginx with a site for each thing that an HTTP or TLS check can meet, each `HOST:PORT`. */
export interface Sites {
  readonly plain: string;
  readonly http2: string;
  /** HTTP/1.1 and HTTP/2 over TLS 1.2 and 1.3. */
  readonly tls: string;
  /** Asks for a client certificate. */
  readonly mutual: string;
  readonly tls12: string;
}

/** Debian's nginx, with a folder of its own and in one process, so that a signal meets all of it. */
export class Nginx {
  private process: RunningProcess;

  private constructor(
    readonly folder: string,
    readonly sites: Sites,
    private readonly args: readonly string[],
  ) {
    this.process = start(toolPath("nginx"), args);
  }

  static async start(server: Certificate, root: Certificate): Promise<Nginx> {
    const folder = serviceFolder("nginx");
    const [plain, http2, tls, mutual, tls12] = await Promise.all(Array.from({ length: 5 }, freeAddress));
    if (!plain || !http2 || !tls || !mutual || !tls12) throw new Error("no free ports");
    const sites = { plain, http2, tls, mutual, tls12 };
    const file = join(folder, "nginx.conf");
    writeFileSync(file, configuration(folder, sites, server, root));
    writeFileSync(join(folder, "users"), "alice:{PLAIN}hunter2\n");
    writeFileSync(join(folder, "private"), "hello alice");
    writeFileSync(join(folder, "slow"), "x".repeat(100_000));
    const nginx = new Nginx(folder, sites, ["-c", file, "-p", folder, "-e", join(folder, "error.log")]);
    await nginx.serving();
    return nginx;
  }

  /** It takes connections. */
  async serving(): Promise<void> {
    await eventually(async () => {
      const { status } = await get(this.sites.plain, "/ready");
      if (status !== 200) throw new Error(`/ready answered ${status}`);
    });
  }

  /** The system goes on accepting connections for it. */
  freeze(): void {
    this.process.signal("SIGSTOP");
  }

  thaw(): void {
    this.process.signal("SIGCONT");
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  async restart(): Promise<void> {
    // What was killed leaves its socket, which then counts as in use.
    rmSync(join(this.folder, "http.sock"), { force: true });
    this.process = start(toolPath("nginx"), this.args);
    await this.serving();
  }
}

const freeAddress = async (): Promise<string> => `127.0.0.1:${await freePort()}`;

/** A server, a client and their authority. */
export function makeCertificates() {
  const certificates = new Certificates();
  const root = certificates.authority("root");
  const server = certificates.issue({ name: "server", issuer: root, days: 90 });
  const client = certificates.issue({ name: "client", issuer: root });
  return { certificates, root, server, client };
}

function configuration(folder: string, sites: Sites, server: Certificate, root: Certificate): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const locations = `
    root ${folder};
    default_type application/json;
    location = /ready { return 200 '{"state":"ready","queue":3,"protocol":"$server_protocol"}'; }
    location = /loading { return 503 '{"state":"loading"}'; }
    location = /old { return 302 /ready; }
    location = /private { auth_basic "here"; auth_basic_user_file ${folder}/users; }
    location = /slow { limit_rate 1000; }`;
  const certificate = `ssl_certificate ${server.cert}; ssl_certificate_key ${server.key};`;
  return `
user root;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
events { worker_connections 128; }
http {
  access_log off;
  ${temporary.map((each) => `${each}_temp_path ${folder}/${each};`).join("\n  ")}
  server { listen ${sites.plain}; listen unix:${folder}/http.sock; ${locations} }
  server { listen ${sites.http2} http2; ${locations} }
  server { listen ${sites.tls} ssl http2; ssl_protocols TLSv1.2 TLSv1.3; ${certificate} ${locations} }
  server {
    listen ${sites.mutual} ssl http2;
    ${certificate} ssl_client_certificate ${root.cert}; ssl_verify_client on; ${locations}
  }
  server { listen ${sites.tls12} ssl; ssl_protocols TLSv1.2; ${certificate} ${locations} }
}
`;
}
