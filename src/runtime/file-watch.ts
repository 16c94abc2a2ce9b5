import { type BigIntStats, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Clock } from "../core/clock.js";

/** What tells one state of a file from another. Equal texts: the same file with the same content. */
export type FileSignature = string;

/** A file that is still being written changes again within this time. */
const settleMs = 250;

export interface FileWatchOptions {
  readonly clock: Clock;
  /** The file as it was last read. */
  readonly seen: FileSignature;
  readonly look: () => Promise<FileSignature>;
  /** Called once for each change, when the file has been the same for a moment. Deletion is a change too. */
  readonly changed: () => void;
}

/**
 * Looks at a file again and again. Notifications of the kernel are of no use for a configuration: Kubernetes changes
 * a symbolic link two folders up, editors put another file in its place, and network file systems tell nothing.
 */
export class FileWatch {
  private seen: FileSignature;
  private cancelLook = (): void => {};
  private intervalMs: number | undefined;

  constructor(private readonly options: FileWatchOptions) {
    this.seen = options.seen;
  }

  /** Looks every `intervalMs` from now on; undefined ends that. */
  every(intervalMs: number | undefined): void {
    if (intervalMs === this.intervalMs) return;
    this.intervalMs = intervalMs;
    this.cancelLook();
    this.cancelLook = (): void => {};
    if (intervalMs !== undefined) this.schedule(intervalMs, undefined);
  }

  stop(): void {
    this.every(undefined);
  }

  /** `candidate`: what was found at the last look, where that was new. */
  private schedule(delayMs: number, candidate: FileSignature | undefined): void {
    this.cancelLook = this.options.clock.schedule(delayMs, () => void this.look(candidate));
  }

  /** One look at a time: on a file system that hangs there is no other until it answers. */
  private async look(candidate: FileSignature | undefined): Promise<void> {
    const { intervalMs } = this;
    const { cancelLook } = this;
    const found = await this.options.look();
    // Stopped, or set anew, meanwhile.
    if (intervalMs === undefined || this.cancelLook !== cancelLook) return;
    if (found === this.seen) return this.schedule(intervalMs, undefined);
    if (found !== candidate) return this.schedule(Math.min(settleMs, intervalMs), found);
    this.seen = found;
    this.schedule(intervalMs, undefined);
    this.options.changed();
  }
}

/** The file under `path`, behind all symbolic links. Where it cannot be looked at, why. */
export async function fileSignature(path: string): Promise<FileSignature> {
  try {
    return describe(await stat(path, { bigint: true }));
  } catch (error) {
    return codeOf(error);
  }
}

/** The same without waiting for the event loop. Undefined for pipes and devices, which give their content once. */
export function fileSignatureNow(path: string): FileSignature | undefined {
  try {
    const stats = statSync(path, { bigint: true });
    return stats.isFile() ? describe(stats) : undefined;
  } catch (error) {
    return codeOf(error);
  }
}

const describe = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileSignature =>
  [dev, ino, size, mtimeNs, ctimeNs].join(" ");

const codeOf = (error: unknown): FileSignature =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
