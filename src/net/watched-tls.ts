import type { Clock } from "../core/clock.js";
import type { TlsFiles } from "../core/listen-options.js";
import type { CertificateState } from "../core/listener-state.js";
import { readTlsFiles, type TlsBytes, TlsFilesError, type TlsMaterial, tlsMaterial } from "./tls-files.js";

/**
 * How often the files are read. Their content is compared, not their times, and nothing is asked of the file system but
 * to read: that finds a file written in place, one renamed over it, and the `..data` link that Kubernetes turns round,
 * on every file system.
 */
const lookEveryMs = 5000;

export interface TlsChanges {
  readonly onChange: (material: TlsMaterial) => void;
  /** Told once of each problem, in one sentence; what was in force stays so. */
  readonly onProblem: (problem: string) => void;
}

interface Loaded {
  readonly bytes: TlsBytes;
  readonly material: TlsMaterial;
}

/** The newest usable content of TLS files. */
export class WatchedTls {
  private unusable: TlsBytes | undefined;
  private problem: string | undefined;
  private isStopped = false;
  private cancelLook = (): void => {};

  private constructor(
    private readonly files: TlsFiles,
    private readonly clock: Clock,
    private inForce: Loaded,
  ) {}

  /** @throws TlsFilesError where the files are of no use at the start. */
  static async open(files: TlsFiles, clock: Clock): Promise<WatchedTls> {
    const bytes = await readTlsFiles(files);
    return new WatchedTls(files, clock, { bytes, material: tlsMaterial(files, bytes) });
  }

  get material(): TlsMaterial {
    return this.inForce.material;
  }

  get state(): CertificateState {
    return { expiresAtWallMs: this.material.expiresAtWallMs, isCurrent: this.problem === undefined };
  }

  /** Looks at the files from time to time, until `stop`. */
  watch(changes: TlsChanges): void {
    this.cancelLook = this.clock.schedule(lookEveryMs, () => {
      void this.look(changes).then(() => {
        if (!this.isStopped) this.watch(changes);
      });
    });
  }

  stop(): void {
    this.isStopped = true;
    this.cancelLook();
  }

  private async look(changes: TlsChanges): Promise<void> {
    try {
      const bytes = await readTlsFiles(this.files);
      if (this.isStopped) return;
      if (isSame(bytes, this.inForce.bytes)) this.problem = undefined;
      else if (this.unusable === undefined || !isSame(bytes, this.unusable)) this.take(bytes, changes);
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      if (this.problem !== error.message) changes.onProblem(error.message);
      this.problem = error.message;
    }
  }

  private take(bytes: TlsBytes, { onChange }: TlsChanges): void {
    this.unusable = bytes;
    const material = tlsMaterial(this.files, bytes);
    this.inForce = { bytes, material };
    this.unusable = undefined;
    this.problem = undefined;
    onChange(material);
  }
}

const isSame = (a: TlsBytes, b: TlsBytes): boolean =>
  a.cert.equals(b.cert) && a.key.equals(b.key) && (a.clientCa?.equals(b.clientCa ?? Buffer.alloc(0)) ?? true);
