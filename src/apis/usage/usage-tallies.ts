import { v7 as uuidv7 } from 'uuid';
import { addHistogram, bucketOf, newHistogram, type Histogram } from './latency-histogram.js';
import { ALL, NONE } from './usage-count.entity.js';
import { beginOfStep, USAGE_STEP_MS, USAGE_STEPS, type UsageStep } from './usage-steps.js';

/** What is counted. */
export class Figures {
  requests = 0;
  /** By class of status: 1xx to 5xx at 1 to 5. */
  readonly classes = [0, 0, 0, 0, 0, 0];
  bytesIn = 0;
  bytesOut = 0;
  ms = 0;
  readonly latency: Histogram = newHistogram();
  /** The buckets that are not empty lie between these: adding up looks at no others. */
  private lowest = this.latency.length;
  private highest = -1;

  /** One request. Makes nothing new, for it is on the way of each. */
  count(status: number, ms: number, bytesIn: number, bytesOut: number): void {
    this.requests++;
    this.classes[Math.min(5, Math.trunc(status / 100))]!++;
    this.bytesIn += bytesIn;
    this.bytesOut += bytesOut;
    this.ms += ms;
    const bucket = bucketOf(ms);
    this.latency[bucket]!++;
    if (bucket < this.lowest) this.lowest = bucket;
    if (bucket > this.highest) this.highest = bucket;
  }

  add(other: Figures): void {
    this.requests += other.requests;
    for (let each = 1; each <= 5; each++) this.classes[each]! += other.classes[each]!;
    this.bytesIn += other.bytesIn;
    this.bytesOut += other.bytesOut;
    this.ms += other.ms;
    addHistogram(this.latency, other.latency, other.lowest, other.highest);
    if (other.lowest < this.lowest) this.lowest = other.lowest;
    if (other.highest > this.highest) this.highest = other.highest;
  }

  clear(): void {
    this.requests = this.bytesIn = this.bytesOut = this.ms = 0;
    this.classes.fill(0);
    this.latency.fill(0);
    this.lowest = this.latency.length;
    this.highest = -1;
  }
}

/** What figures are of; {@link ALL} where all are added up. */
export interface Subject {
  resourceId: string;
  versionId: string;
  routeId: string;
  subscriptionId: string;
}

/** The figures of a subject in one step: a row to be. */
export interface Tally extends Subject {
  step: UsageStep;
  at: number;
  /** Whose row it is. */
  node: string;
  figures: Figures;
  /** Rises with each change. */
  changes: number;
  /** Those that are in the database. */
  written: number;
}

/**
 * What this node has counted and still adds to, or has not written yet. There are at most `most` of them: what is
 * written makes room first, and while the database is away minutes, which their hours hold too.
 */
export class Tallies {
  private readonly byKey = new Map<string, Tally>();
  /** How many were given up before they were written. */
  lost = 0;

  /** After some were given up, what is counted from then on goes into rows of their own, not in place of those. */
  private node = uuidv7();

  constructor(private readonly most = 20_000) {}

  get size(): number {
    return this.byKey.size;
  }

  /** Adds what was counted in the minute that began at `minute`. */
  add({ resourceId, versionId, routeId, subscriptionId }: Subject, minute: number, figures: Figures): void {
    const subscription = subscriptionId === ALL ? NONE : subscriptionId;
    for (const step of USAGE_STEPS) {
      const at = beginOfStep(step, minute);
      this.addTo(step, at, [resourceId, ALL, ALL, ALL], figures);
      this.addTo(step, at, [resourceId, versionId, ALL, ALL], figures);
      this.addTo(step, at, [resourceId, versionId, routeId, ALL], figures);
      this.addTo(step, at, [resourceId, versionId, ALL, subscription], figures);
    }
    if (this.byKey.size > this.most) this.giveUp();
  }

  /** Those with something that is not in the database. */
  unwritten(): Tally[] {
    return [...this.byKey.values()].filter(({ changes, written }) => changes !== written);
  }

  /** Forgets those that are written and whose step is over. */
  forget(now: number): void {
    for (const [key, { step, at, changes, written }] of this.byKey)
      if (changes === written && at + USAGE_STEP_MS[step] <= now) this.byKey.delete(key);
  }

  /** Those of a resource in one step. */
  *of(resourceId: string, step: UsageStep): Iterable<Tally> {
    for (const tally of this.byKey.values())
      if (tally.step === step && tally.resourceId === resourceId) yield tally;
  }

  private addTo(
    step: UsageStep,
    at: number,
    subject: [resourceId: string, versionId: string, routeId: string, subscriptionId: string],
    figures: Figures,
  ): void {
    const key = `${step} ${at} ${subject.join(' ')}`;
    let tally = this.byKey.get(key);
    if (!tally) {
      const [resourceId, versionId, routeId, subscriptionId] = subject;
      const ids = { resourceId, versionId, routeId, subscriptionId };
      tally = { ...ids, step, at, node: this.node, figures: new Figures(), changes: 0, written: 0 };
      this.byKey.set(key, tally);
    }
    tally.figures.add(figures);
    tally.changes++;
  }

  /** A tenth at a time: those that are written first, then the shortest steps, and of those the oldest, which stand in front. */
  private giveUp(): void {
    this.node = uuidv7();
    let left = Math.ceil(this.most / 10);
    for (const isLoss of [false, true])
      for (const step of USAGE_STEPS)
        for (const [key, tally] of this.byKey) {
          if (left === 0) return;
          if (tally.step !== step || (tally.changes !== tally.written) !== isLoss) continue;
          if (isLoss) this.lost++;
          this.byKey.delete(key);
          left--;
        }
  }
}
