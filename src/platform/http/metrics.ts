import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client';
import { RequestDurations } from './request-durations.js';

/** Gauges of prom-client's own that are named like counters; those without `_total` say the same by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((of) => `gatehouse_nodejs_active_${of}_total`);

/** Counts one more with this outcome. */
export type Count<Outcome extends string> = (outcome: Outcome) => void;

/** What Prometheus reads. Features count what happens to them; gauges are read when asked. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new RequestDurations();
  private readonly totals = new Map<string, number>();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'gatehouse_' });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    this.registry.registerMetric(this.requests as unknown as Metric);
  }

  /** A counter by outcome. All begin at 0, or Prometheus's `increase()` would not see the first of any. */
  counter<Outcome extends string>(name: string, help: string, outcomes: readonly Outcome[]): Count<Outcome> {
    const counter = new Counter({ name, help, labelNames: ['outcome'], registers: [this.registry] });
    for (const outcome of outcomes) counter.inc({ outcome }, 0);
    return (outcome) => {
      counter.inc({ outcome });
      this.totals.set(`${name} ${outcome}`, this.total(name, outcome) + 1);
    };
  }

  /** How often a counter counted an outcome, since the start. */
  total(name: string, outcome: string): number {
    return this.totals.get(`${name} ${outcome}`) ?? 0;
  }

  /** A value that is read when Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    this.registry.registerMetric(new Gauge({ name, help, registers: [], collect }));
  }
}
