import type { Pool } from 'undici';
import { describe, expect, it } from 'vitest';
import { UpstreamTarget, UpstreamTargets } from './upstream-targets.js';

const BREAKER = { failures: 2, open: 10 };
const target = (name: string, weight = 1) =>
  new UpstreamTarget(new URL(`http://${name}.example`), '', weight, {} as Pool, BREAKER);
const nameOf = (each: UpstreamTarget | undefined) => each?.url.hostname[0];

describe('the targets of an upstream', () => {
  it('take turns by weight, heavy ones not in a row', () => {
    const targets = new UpstreamTargets([target('a', 5), target('b'), target('c')], 'weighted');
    const turns = Array.from({ length: 14 }, () => nameOf(targets.next([], 0))).join('');
    expect(turns).toBe('aabacaaaabacaa');
  });

  it('take turns by what they have to do for their weight', () => {
    const [a, b] = [target('a', 2), target('b')];
    const targets = new UpstreamTargets([a, b], 'least-pending');
    const chosen: UpstreamTarget[] = [];
    for (let count = 0; count < 6; count++) {
      const next = targets.next([], 0)!;
      next.begin();
      chosen.push(next);
    }
    expect(chosen.filter((each) => each === a)).toHaveLength(4);
    for (const each of chosen) each.end();
    a.begin();
    expect(targets.next([], 0)).toBe(b);
  });

  it('are tried once each before one is tried again', () => {
    const [a, b] = [target('a'), target('b')];
    const targets = new UpstreamTargets([a, b], 'weighted');
    expect(targets.next([a], 0)).toBe(b);
    expect(targets.next([b], 0)).toBe(a);
    expect([a, b]).toContain(targets.next([a, b], 0));
  });

  it('are left alone after failures in a row, and tried with one request then', () => {
    const a = target('a');
    const targets = new UpstreamTargets([a], 'weighted');
    a.judge(true, 0);
    a.judge(false, 0);
    a.judge(true, 0);
    expect(targets.next([], 0)).toBe(a);
    a.judge(true, 1_000);
    expect(targets.next([], 1_000)).toBeUndefined();
    expect(targets.waits(4_000)).toBe(7_000);
    expect(targets.next([], 10_999)).toBeUndefined();
    expect(targets.next([], 11_000)).toBe(a);
    a.begin();
    expect(targets.next([], 11_000)).toBeUndefined();
    a.judge(true, 11_000);
    a.end();
    expect(targets.waits(11_000)).toBe(10_000);
    a.begin();
    a.judge(false, 21_000);
    a.end();
    expect([targets.next([], 21_000), targets.waits(21_000)]).toEqual([a, 0]);
  });

  it('are tried again when the client of the one request went away', () => {
    const a = target('a');
    const targets = new UpstreamTargets([a], 'weighted');
    a.judge(true, 0);
    a.judge(true, 0);
    const probed = targets.next([], 10_000)!;
    probed.begin();
    expect(targets.next([], 10_000)).toBeUndefined();
    probed.end();
    expect(targets.next([], 10_000)).toBe(a);
  });

  it('take one in ten requests twice, and ten more at the start', () => {
    const targets = new UpstreamTargets([target('a')], 'weighted');
    let retries = 0;
    while (targets.takeRetry()) retries++;
    expect(retries).toBe(10);
    let more = 0;
    for (let count = 0; count < 1_000; count++) {
      targets.countRequest();
      if (targets.takeRetry()) more++;
    }
    expect(more).toBeGreaterThan(90);
    expect(more).toBeLessThanOrEqual(100);
    // What is saved is bounded: a quiet day pays for no storm.
    for (let count = 0; count < 10_000; count++) targets.countRequest();
    retries = 0;
    while (targets.takeRetry()) retries++;
    expect(retries).toBe(10);
  });
});
