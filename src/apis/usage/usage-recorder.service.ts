import { Injectable } from '@nestjs/common';
import { Metrics } from '../../platform/http/metrics.js';
import { Traffic, type Answered, type AnsweredRoute } from '../gateway/traffic.service.js';
import { ALL, OTHER } from './usage-count.entity.js';
import { Figures, Tallies, type Subject } from './usage-tallies.js';
import { beginOfStep, USAGE_STEP_MS } from './usage-steps.js';

/** Routes, each with its subscriptions, that are told apart within a minute. */
const MOST_SERIES = 2_000;

interface Series {
  subject: Subject;
  figures: Figures;
}

/**
 * Counts what the gateway answers, in memory: a request is a look-up and a few additions. Once a minute, and whenever
 * a chart is asked for, what was counted goes into {@link Tallies}.
 */
@Injectable()
export class UsageRecorder {
  readonly tallies = new Tallies();
  /** By route, then by subscription. */
  private readonly series = new Map<string, Map<string, Series>>();
  private size = 0;
  private minute = beginOfStep('minute', Date.now());
  private overflowed = 0;

  constructor(traffic: Traffic, metrics: Metrics) {
    traffic.onAnswered((route, answered) => this.record(route, answered));
    metrics.gauge(
      'gatehouse_usage_overflow',
      'Requests whose route and subscription are counted as others, for there were too many',
      () => this.overflowed,
    );
    metrics.gauge('gatehouse_usage_waiting', 'Rows of usage in memory', () => this.tallies.size);
    metrics.gauge('gatehouse_usage_lost', 'Rows of usage given up unwritten', () => this.tallies.lost);
  }

  /** What was counted so far is in the tallies afterwards. */
  settle(now = Date.now()): void {
    for (const [routeId, ofRoute] of this.series) {
      for (const [subscriptionId, { subject, figures }] of ofRoute) {
        if (figures.requests > 0) {
          this.tallies.add(subject, this.minute, figures);
          figures.clear();
          continue;
        }
        // What was not called since the last time makes room.
        ofRoute.delete(subscriptionId);
        this.size--;
      }
      if (ofRoute.size === 0) this.series.delete(routeId);
    }
    this.minute = beginOfStep('minute', now);
  }

  private record(route: AnsweredRoute, { status, ms, bytesIn, bytesOut, subscriptionId }: Answered): void {
    const now = Date.now();
    if (now >= this.minute + USAGE_STEP_MS.minute || now < this.minute) this.settle(now);
    this.seriesOf(route, subscriptionId ?? ALL).figures.count(status, ms, bytesIn, bytesOut);
  }

  private seriesOf({ route, version, api }: AnsweredRoute, subscriptionId: string): Series {
    const known = this.series.get(route.id)?.get(subscriptionId);
    if (known) return known;
    const isFull = this.size >= MOST_SERIES;
    if (isFull) this.overflowed++;
    const subject: Subject = isFull
      ? { resourceId: api.id, versionId: version.id, routeId: OTHER, subscriptionId: OTHER }
      : { resourceId: api.id, versionId: version.id, routeId: route.id, subscriptionId };
    // Of those that are too many there is one for each version.
    const key = isFull ? `${OTHER} ${version.id}` : route.id;
    return this.newSeries(key, subject);
  }

  private newSeries(key: string, subject: Subject): Series {
    let ofKey = this.series.get(key);
    if (!ofKey) this.series.set(key, (ofKey = new Map()));
    let series = ofKey.get(subject.subscriptionId);
    if (series) return series;
    series = { subject, figures: new Figures() };
    ofKey.set(subject.subscriptionId, series);
    this.size++;
    return series;
  }
}
