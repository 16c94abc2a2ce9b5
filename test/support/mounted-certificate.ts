import { copyFileSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Certificate } from "./certificates.js";

/**
 * A folder as Kubernetes mounts a secret: `tls.crt` and `tls.key` are links into `..data`, itself a link to the newest
 * content, which is replaced in one step.
 */
export class MountedCertificate {
  readonly cert: string;
  readonly key: string;
  private generation = 0;

  constructor(
    private readonly folder: string,
    first: Certificate,
  ) {
    mkdirSync(folder);
    this.cert = join(folder, "tls.crt");
    this.key = join(folder, "tls.key");
    this.replace(first);
    for (const file of ["tls.crt", "tls.key"]) symlinkSync(`..data/${file}`, join(folder, file));
  }

  replace({ cert, key }: Certificate): void {
    this.generation += 1;
    const target = `..generation-${this.generation}`;
    mkdirSync(join(this.folder, target));
    copyFileSync(cert, join(this.folder, target, "tls.crt"));
    copyFileSync(key, join(this.folder, target, "tls.key"));
    symlinkSync(target, join(this.folder, "..data_tmp"));
    renameSync(join(this.folder, "..data_tmp"), join(this.folder, "..data"));
  }
}
