import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeEach, describe, expect, it } from 'vitest';
import { RevocationList } from './revocation-list.js';
import type { RevocationKind } from './revocation.entity.js';
import type { Revocable } from './revocation.types.js';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const LIFETIME = 15 * 60_000;
const UNTIL = NOW + LIFETIME;
const MILLION = 1_000_000;
const MOST_BYTES = 200 * 1_000_000;

const TOKEN: Revocable = { sub: 'ada', sid: 'session', ver: 5, roles: ['user', 'editor'], kid: 'key' };

describe('a revocation list', () => {
  let list: RevocationList;

  beforeEach(() => {
    list = new RevocationList();
  });

  it('lets a token pass when it is empty, and when it has only others’ revocations', () => {
    expect(list.reason(TOKEN)).toBeUndefined();
    list.add('session', 'another session', 0, UNTIL);
    list.add('key', 'another key', 0, UNTIL);
    list.add('user', 'bob', 99, UNTIL);
    list.add('role', 'admin', 99, UNTIL);
    list.add('api-key', 'ada', 0, UNTIL);
    expect(list.reason(TOKEN)).toBeUndefined();
    expect(list.size).toBe(5);
  });

  it('takes no notice of a kind that a newer version brings', () => {
    list.add('planet' as RevocationKind, 'session', 0, UNTIL);
    list.add('toString' as RevocationKind, 'session', 0, UNTIL);
    list.add('session', 'session', 0, UNTIL);
    expect(list.size).toBe(1);
    expect(list.reason(TOKEN)).toBe('session');
  });

  it('says what was revoked', () => {
    for (const [kind, subject] of [
      ['session', 'session'],
      ['key', 'key'],
      ['user', 'ada'],
      ['role', 'user'],
      ['role', 'editor'],
    ] as const) {
      const fresh = new RevocationList();
      fresh.add(kind, subject, 6, UNTIL);
      expect(fresh.reason(TOKEN)).toBe(kind);
    }
  });

  it('keeps the kinds apart: the same name of another kind harms nobody', () => {
    const same = { sub: 'x', sid: 'x', ver: 5, roles: ['x'], kid: 'x' };
    for (const kind of ['session', 'key', 'user', 'role'] as const) {
      const fresh = new RevocationList();
      fresh.add(kind, 'x', 6, UNTIL);
      expect(fresh.reason(same)).toBe(kind);
      const unharmed = {
        session: { sid: 'y' },
        key: { kid: 'y' },
        user: { sub: 'y' },
        role: { roles: ['y'] },
      };
      expect(fresh.reason({ ...same, ...unharmed[kind] })).toBeUndefined();
    }
  });

  it('is not taken in by the names that every object has', () => {
    const odd = {
      sub: 'constructor',
      sid: '__proto__',
      ver: 0,
      roles: ['toString', 'hasOwnProperty'],
      kid: 'valueOf',
    };
    expect(list.reason(odd)).toBeUndefined();
    list.add('session', '__proto__', 0, UNTIL);
    expect(list.reason(odd)).toBe('session');
    expect(list.reason(TOKEN)).toBeUndefined();
  });

  it.each(['user', 'role'] as const)(
    'kills what is older than a version of a %s, and nothing newer',
    (kind) => {
      list.add(kind, kind === 'user' ? 'ada' : 'editor', 5, UNTIL);
      expect(list.reason({ ...TOKEN, ver: 4 })).toBe(kind);
      expect(list.reason({ ...TOKEN, ver: 5 })).toBeUndefined();
      expect(list.reason({ ...TOKEN, ver: 6 })).toBeUndefined();
    },
  );

  it('kills a session and a key whatever the version', () => {
    list.add('session', 'session', 0, UNTIL);
    expect(list.reason({ ...TOKEN, ver: Number.MAX_SAFE_INTEGER })).toBe('session');
  });

  it('forgets what has expired, of every kind, and not before', () => {
    list.add('session', 'session', 0, UNTIL);
    list.add('key', 'key', 0, UNTIL);
    list.add('api-key', 'api key', 0, UNTIL);
    list.add('user', 'ada', 6, UNTIL);
    list.add('role', 'editor', 6, UNTIL);
    list.forgetExpired(UNTIL - 1);
    expect(list.size).toBe(5);
    expect(list.reason(TOKEN)).toBe('session');
    list.forgetExpired(UNTIL);
    expect(list.size).toBe(0);
    expect(list.reason(TOKEN)).toBeUndefined();
  });

  it('rounds an expiry up, never down', () => {
    list.add('session', 'session', 0, NOW + 1);
    list.forgetExpired(NOW + 999);
    expect(list.reason(TOKEN)).toBe('session');
    list.forgetExpired(NOW + 1_000);
    expect(list.size).toBe(0);
  });

  it('takes what is added again as one entry with the later expiry', () => {
    list.add('session', 'session', 0, NOW + 1_000);
    list.add('session', 'another', 0, NOW + 2_000);
    list.add('session', 'session', 0, NOW + 3_000);
    expect(list.size).toBe(2);
    list.forgetExpired(NOW + 1_500);
    expect(list.reason(TOKEN)).toBe('session');
    list.forgetExpired(NOW + 2_500);
    expect(list.size).toBe(1);
    list.forgetExpired(NOW + 3_000);
    expect(list.size).toBe(0);
  });

  it.each(['user', 'role'] as const)('never forgives a %s what a newer version has killed', (kind) => {
    const subject = kind === 'user' ? 'ada' : 'editor';
    list.add(kind, subject, 6, UNTIL + 1_000);
    // Learnt late, as when two connections commit one after the other and answer the other way round.
    list.add(kind, subject, 5, UNTIL);
    expect(list.reason({ ...TOKEN, ver: 5 })).toBe(kind);
    list.forgetExpired(UNTIL + 500);
    expect(list.reason({ ...TOKEN, ver: 5 })).toBe(kind);
    list.forgetExpired(UNTIL + 1_000);
    expect(list.size).toBe(0);
  });

  it('never shortens the time for which a session is dead', () => {
    list.add('session', 'session', 0, UNTIL + 1_000);
    list.add('session', 'session', 0, UNTIL);
    list.forgetExpired(UNTIL + 500);
    expect(list.reason(TOKEN)).toBe('session');
  });

  describe('of a million sessions', { timeout: 90_000 }, () => {
    it('takes less than 200 MB, and gives them back', () => {
      const collect = garbageCollector();
      collect();
      const before = process.memoryUsage().heapUsed;
      fill(list, MILLION);
      collect();
      const taken = process.memoryUsage().heapUsed - before;
      expect(list.size).toBe(MILLION);
      expect(taken).toBeLessThan(MOST_BYTES);
      expect(taken).toBeGreaterThan(20 * MILLION);

      list.forgetExpired(UNTIL);
      collect();
      expect(list.size).toBe(0);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(taken / 4);
    });

    it('is asked as fast as one of a thousand', () => {
      const small = new RevocationList();
      fill(small, 1_000);
      fill(list, MILLION);
      // Few, so that the steps of a look-up are measured and not how much of a list the processor's cache holds.
      const tokens = asFromDatabase(100).map((sid) => ({ ...TOKEN, sid }));
      const rounds = Array.from({ length: 200 }, () => [
        nsPerLookUp(small, tokens),
        nsPerLookUp(list, tokens),
      ]);
      const [ofSmall, ofLarge] = [0, 1].map((which) => Math.min(...rounds.map((round) => round[which]!)));
      expect(ofLarge! / ofSmall!, `${ofSmall} ns and ${ofLarge} ns`).toBeLessThan(5);
    });
  });
});

function fill(list: RevocationList, count: number): void {
  for (let added = 0; added < count; added += 1_000) {
    for (const sid of asFromDatabase(1_000)) list.add('session', sid, 0, UNTIL);
  }
}

/** Ids as strings of their own, the way a driver or a JSON parser makes them. */
function asFromDatabase(count: number): string[] {
  return JSON.parse(JSON.stringify(Array.from({ length: count }, () => randomUUID()))) as string[];
}

function nsPerLookUp(list: RevocationList, tokens: Revocable[]): number {
  const times = 20;
  let live = 0;
  const start = process.hrtime.bigint();
  for (let time = 0; time < times; time++) {
    for (const token of tokens) if (list.reason(token) === undefined) live++;
  }
  const took = Number(process.hrtime.bigint() - start);
  expect(live).toBe(times * tokens.length);
  return took / live;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
