import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate with its key: the paths of their PEM files. */
export interface Certificate {
  /** Followed by those of the authorities below the root, as a server sends it. */
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly name: string;
  readonly issuer: Certificate;
  /** -1: it ended a day ago. openssl goes no further back. */
  readonly days?: number;
  /** `DNS:localhost,IP:127.0.0.1` where nothing is said. */
  readonly subjectAltName?: string;
  readonly isAuthority?: boolean;
}

/** Authorities and certificates made by openssl, in a folder of their own that `remove` deletes. */
export class Certificates {
  private readonly folder = mkdtempSync(join(tmpdir(), "certificates-"));

  authority(name: string, days = 3650): Certificate {
    const made = this.paths(name);
    openssl(["req", "-x509", ...newKey(made.key), "-out", made.cert, "-subj", `/CN=${name}`, "-days", `${days}`]);
    return made;
  }

  issue({ name, issuer, days = 365, subjectAltName, isAuthority = false }: CertificateRequest): Certificate {
    const made = this.paths(name);
    const request = join(this.folder, `${name}.csr`);
    const extension = isAuthority
      ? "basicConstraints=critical,CA:TRUE"
      : `subjectAltName=${subjectAltName ?? "DNS:localhost,IP:127.0.0.1"}`;
    openssl(["req", "-new", ...newKey(made.key), "-out", request, "-subj", `/CN=${name}`, "-addext", extension]);
    const signed = openssl([
      ...["x509", "-req", "-in", request, "-copy_extensions", "copy", "-days", `${days}`],
      ...["-CA", issuer.cert, "-CAkey", issuer.key, "-CAcreateserial"],
    ]);
    writeFileSync(made.cert, isRoot(issuer) ? signed : signed + readFileSync(issuer.cert, "utf8"));
    return made;
  }

  /** A path in the folder, for other files that belong to the certificates. */
  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private paths(name: string): Certificate {
    return { cert: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
  }
}

const newKey = (path: string): readonly string[] => [
  ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path],
];

/** Roots are made by `req -x509`, and their issuer is themselves. */
function isRoot({ cert }: Certificate): boolean {
  const [subject, issuer] = openssl(["x509", "-in", cert, "-noout", "-subject", "-issuer"]).split("\n");
  return subject?.replace("subject", "") === issuer?.replace("issuer", "");
}

const openssl = (args: readonly string[]): string =>
  execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
