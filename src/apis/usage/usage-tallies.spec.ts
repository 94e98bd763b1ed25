import { describe, expect, it } from 'vitest';
import { Figures, Tallies, type Subject } from './usage-tallies.js';
import { USAGE_STEP_MS } from './usage-steps.js';

const NOON = Date.UTC(2027, 4, 3, 12);
const { minute: MINUTE, hour: HOUR, day: DAY } = USAGE_STEP_MS;

const subject = (routeId: string, subscriptionId = ''): Subject => ({
  resourceId: 'api',
  versionId: 'v1',
  routeId,
  subscriptionId,
});
const figures = (requests: number) => {
  const made = new Figures();
  for (let each = 0; each < requests; each++) made.count(200, 10, 1, 2);
  return made;
};
const writeAll = (tallies: Tallies) => {
  for (const each of tallies.unwritten()) each.written = each.changes;
};

describe('tallies', () => {
  it('are of an API, its version, its route and its subscription, by minute, hour and day', () => {
    const tallies = new Tallies();
    tallies.add(subject('r1', 's1'), NOON, figures(2));
    tallies.add(subject('r2'), NOON + MINUTE, figures(3));
    const shown = [...tallies.of('api', 'hour')].map(
      ({ at, versionId, routeId, subscriptionId, figures: f }) => [
        at - NOON,
        [versionId, routeId, subscriptionId].join('/'),
        f.requests,
      ],
    );
    expect(shown).toEqual([
      [0, '//', 5],
      [0, 'v1//', 5],
      [0, 'v1/r1/', 2],
      [0, 'v1//s1', 2],
      [0, 'v1/r2/', 3],
      [0, 'v1//-', 3],
    ]);
    expect([...tallies.of('api', 'minute')]).toHaveLength(8);
    expect([...tallies.of('other', 'minute')]).toEqual([]);
  });

  it('are written again once they change, and forgotten when they are written and over', () => {
    const tallies = new Tallies();
    tallies.add(subject('r1'), NOON, figures(1));
    expect(tallies.unwritten()).toHaveLength(12);
    tallies.forget(NOON + 2 * DAY);
    expect(tallies.size).toBe(12);
    writeAll(tallies);
    expect(tallies.unwritten()).toEqual([]);
    tallies.forget(NOON + MINUTE - 1);
    expect(tallies.size).toBe(12);
    tallies.forget(NOON + MINUTE);
    expect(tallies.size).toBe(8);
    tallies.add(subject('r1'), NOON + MINUTE, figures(1));
    expect(tallies.unwritten()).toHaveLength(12);
    writeAll(tallies);
    tallies.forget(NOON + HOUR);
    expect(tallies.size).toBe(4);
  });

  it('give up minutes first when they become too many, and never replace a row by less', () => {
    const tallies = new Tallies(100);
    tallies.add(subject('r1'), NOON, figures(1));
    const { node } = tallies.unwritten()[0]!;
    writeAll(tallies);
    for (let minute = 1; minute < 60; minute++)
      tallies.add(subject('r1'), NOON + minute * MINUTE, figures(1));
    expect(tallies.size).toBeLessThanOrEqual(100);
    const [hour] = [...tallies.of('api', 'hour')];
    expect(hour!.figures.requests).toBe(60);
    expect(tallies.lost).toBeGreaterThan(0);
    // A row of its own for what comes from now on.
    tallies.add(subject('r1'), NOON, figures(1));
    const again = [...tallies.of('api', 'minute')].find(({ at }) => at === NOON)!;
    expect([again.figures.requests, again.node === node]).toEqual([1, false]);
  });
});

describe('tallies that become too many', () => {
  it('lose nothing while what is written can make room', () => {
    const tallies = new Tallies(100);
    for (let minute = 0; minute < 20; minute++)
      tallies.add(subject('r1'), NOON + minute * MINUTE, figures(1));
    writeAll(tallies);
    // Stand in front, and have something that is not written.
    tallies.add(subject('r1'), NOON, figures(1));
    const before = tallies.unwritten();
    for (let minute = 20; minute < 24; minute++)
      tallies.add(subject('r1'), NOON + minute * MINUTE, figures(1));
    expect([tallies.size <= 100, tallies.lost]).toEqual([true, 0]);
    expect(tallies.unwritten()).toEqual(expect.arrayContaining(before));
    expect(tallies.unwritten()).toHaveLength(before.length + 16);
  });
});

describe('figures', () => {
  it('take any status', () => {
    const made = new Figures();
    for (const status of [101, 204, 304, 404, 499, 503, 999]) made.count(status, 1, 0, 0);
    expect(made.classes).toEqual([0, 1, 1, 1, 2, 2, 0].slice(0, 6));
  });
});
