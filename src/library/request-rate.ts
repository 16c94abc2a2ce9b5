import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { type Clock, systemClock } from "../core/clock.js";
import { isAlwaysServed } from "./guards/grpc-guard.js";
import type { ApplicationLoad } from "./health.js";

const windowSeconds = 10;

interface Second {
  readonly second: number;
  requests: number;
  errors: number;
}

/**
 * How many calls of a grpc-js server end each second, and how many of them not with OK, also because their time was up or
 * their client left before the server had ended them, over the last ten seconds. For load reports, whose clients weigh
 * servers by it; calls of health, reflection and load reports do not count.
 *
 * ```ts
 * const rate = new RequestRate();
 * const server = new Server({ interceptors: [rate.interceptor] });
 * health.addLoadReports(server, () => rate.load());
 * ```
 */
export class RequestRate {
  private readonly startSecond: number;
  /** A second's place is its rest by their number. */
  private readonly seconds: Second[] = [];

  constructor(
    /** @internal */
    private readonly clock: Clock = systemClock,
  ) {
    this.startSecond = this.now();
  }

  /** To be among the server's interceptors. */
  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    if (isAlwaysServed(path)) return new ServerInterceptingCall(call);
    let isCounted = false;
    const end = (isError: boolean): void => {
      if (!isCounted) this.count(isError);
      isCounted = true;
    };
    return new ServerInterceptingCall(call, {
      // Of every call at its end. One that has sent no status by then ran past its deadline, or its client left.
      start: (next) => next({ onCancel: () => end(true) }),
      sendStatus: (ended, next) => {
        end(ended.code !== status.OK);
        next(ended);
      },
    });
  };

  /** Nothing before the first whole second has passed. */
  load(): Pick<ApplicationLoad, "requestsPerSecond" | "errorsPerSecond"> {
    const now = this.now();
    const from = Math.max(now - windowSeconds, this.startSecond);
    if (from === now) return {};
    const counted = this.seconds.filter(({ second }) => second >= from && second < now);
    const perSecond = (of: "requests" | "errors"): number =>
      counted.reduce((total, each) => total + each[of], 0) / (now - from);
    return { requestsPerSecond: perSecond("requests"), errorsPerSecond: perSecond("errors") };
  }

  private count(isError: boolean): void {
    const second = this.now();
    // One place more than the window has, for the second that is not over.
    const place = second % (windowSeconds + 1);
    let counts = this.seconds[place];
    if (counts?.second !== second) {
      counts = { second, requests: 0, errors: 0 };
      this.seconds[place] = counts;
    }
    counts.requests += 1;
    if (isError) counts.errors += 1;
  }

  private now(): number {
    return Math.floor(this.clock.nowMs() / 1000);
  }
}
