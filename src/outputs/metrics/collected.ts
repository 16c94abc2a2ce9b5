import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, type Registry } from "prom-client";

export type Labels = Readonly<Record<string, string>>;

/** One line of the exposition, in the metric's base unit. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** What a metric is, and where its samples come from at each scrape. */
export interface CollectedMetric {
  readonly name: string;
  readonly help: string;
  readonly samples: () => readonly Sample[] | Promise<readonly Sample[]>;
}

/*
 * prom-client's metrics keep their series between scrapes. These keep none: each scrape asks the source anew, so that
 * what is gone leaves no stale series, and a value that nobody scrapes costs nothing.
 */

export function collectGauge(register: Registry, metric: CollectedMetric): void {
  new CollectedGauge(register, metric);
}

export function collectCounter(register: Registry, metric: CollectedMetric): void {
  new CollectedCounter(register, metric);
}

class CollectedGauge extends Gauge {
  constructor(
    register: Registry,
    private readonly metric: CollectedMetric,
  ) {
    super({ name: metric.name, help: metric.help, registers: [register] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: [...(await this.metric.samples())] };
  }
}

class CollectedCounter extends Counter {
  constructor(
    register: Registry,
    private readonly metric: CollectedMetric,
  ) {
    super({ name: metric.name, help: metric.help, registers: [register] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<string>>> {
    return { ...(await super.get()), values: [...(await this.metric.samples())] };
  }
}
