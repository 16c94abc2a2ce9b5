/** Which question was asked. */
export type ProbeKind =
  | "grpc_check"
  | "grpc_watch"
  | "grpc_list"
  | "http_livez"
  | "http_readyz"
  | "http_startupz"
  | "http_health";

/** What was answered. */
export type ProbeResult = "serving" | "not_serving" | "unknown" | "not_found" | "refused";

export interface ProbeCount {
  readonly kind: ProbeKind;
  readonly result: ProbeResult;
  readonly count: number;
}

/** How often each question got each answer since start. Plain numbers: counting is on the path of every probe. */
export class ProbeCounts {
  private readonly counts = new Map<ProbeKind, Map<ProbeResult, number>>();

  add(kind: ProbeKind, result: ProbeResult): void {
    let byResult = this.counts.get(kind);
    if (byResult === undefined) {
      byResult = new Map();
      this.counts.set(kind, byResult);
    }
    byResult.set(result, (byResult.get(result) ?? 0) + 1);
  }

  *[Symbol.iterator](): IterableIterator<ProbeCount> {
    for (const [kind, byResult] of this.counts) {
      for (const [result, count] of byResult) yield { kind, result, count };
    }
  }
}
