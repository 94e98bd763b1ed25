/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** The same in milliseconds. */
export const BOUNDS_MS = BUCKETS.map((seconds) => seconds * 1000);

interface Series {
  method: string;
  route: string;
  status: number;
  /** One more than there are buckets: what took longer than all of them. */
  counts: number[];
  sum: number;
}

/**
 * The histogram of requests, in the shape that prom-client's registry reads. Its own would hash the labels of every
 * request again, which slows a guarded request.
 */
export class RequestDurations {
  readonly name = 'gatehouse_http_request_duration_seconds';
  readonly help = 'Requests by method, route and status, and how long they took';
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  private readonly routes = new Map<string, Series[]>();

  /** @param route the path as declared, so that there is one series a route and not one a URL */
  observe(method: string, route: string, status: number, ms: number): void {
    const seconds = ms / 1000;
    const series = this.seriesOf(method, route, status);
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    series.counts[bucket < 0 ? BUCKETS.length : bucket]!++;
    series.sum += seconds;
  }

  private seriesOf(method: string, route: string, status: number): Series {
    let ofRoute = this.routes.get(route);
    if (!ofRoute) this.routes.set(route, (ofRoute = []));
    let series = ofRoute.find((each) => each.status === status && each.method === method);
    if (!series) {
      series = { method, route, status, counts: Array<number>(BUCKETS.length + 1).fill(0), sum: 0 };
      ofRoute.push(series);
    }
    return series;
  }

  /** Forgets what was counted so far. */
  reset(): void {
    this.routes.clear();
  }

  /** Of all routes together: how many requests are in each bucket, and how many were answered with 5xx. */
  totals(): { counts: number[]; errors: number } {
    const all = [...this.routes.values()].flat();
    return {
      counts: [...BUCKETS, Infinity].map((_, bucket) =>
        all.reduce((sum, { counts }) => sum + counts[bucket]!, 0),
      ),
      errors: all.filter(({ status }) => status >= 500).reduce((sum, series) => sum + countOf(series), 0),
    };
  }

  /** What prom-client asks every metric for. */
  get() {
    const { name, help, type, aggregator } = this;
    const values = [...this.routes.values()].flat().flatMap((series) => samplesOf(name, series));
    return { name, help, type, aggregator, values };
  }
}

function countOf({ counts }: Series): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function samplesOf(name: string, { method, route, status, counts, sum }: Series) {
  const labels = { method, route, status: String(status) };
  let count = 0;
  const buckets = [...BUCKETS, '+Inf'].map((le, index) => {
    count += counts[index]!;
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
