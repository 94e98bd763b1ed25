import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry, type Metric } from 'prom-client';
import { RequestDurations } from './request-durations.js';

/** What Prometheus reads. Features count what happens to them; gauges are read when asked. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();
  readonly requests = new RequestDurations();
  private readonly counters = new Map<string, Counter>();

  constructor() {
    collectDefaultMetrics({ register: this.registry, prefix: 'gatehouse_' });
    this.registry.registerMetric(this.requests as unknown as Metric);
  }

  /** Counts one more, by outcome. */
  count(name: string, help: string, outcome: string): void {
    let counter = this.counters.get(name);
    if (!counter) {
      counter = new Counter({ name, help, labelNames: ['outcome'], registers: [this.registry] });
      this.counters.set(name, counter);
    }
    counter.inc({ outcome });
  }

  /** A value that is read when Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void {
    const collect = function (this: Gauge): void {
      this.set(read());
    };
    this.registry.registerMetric(new Gauge({ name, help, registers: [], collect }));
  }
}
