import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/platform/access/principal.js';
import { clock, MINUTE, SECOND } from '../../support/clock.js';
import type { KnownToken, SignedKind } from '../../../src/tokens/access-tokens/token-kind.types.js';
import { VerifiedTokens } from '../../../src/tokens/access-tokens/verified-tokens.js';

const MOST_ENTRIES = 20_000;
const MOST_BYTES = 32 * 1024 * 1024;

const inAMinute = () => Math.floor(Date.now() / 1000) + 60;

function verified(sub: string, exp = inAMinute()): KnownToken & { principal: Principal } {
  return {
    kind: { name: 'access_token' } as SignedKind,
    principal: {
      kind: 'user',
      id: sub,
      sessionId: 'session',
      roles: ['user'],
      scopes: [],
      authenticatedAt: new Date(0),
      amr: [],
      expiresAt: new Date(exp * 1000),
    },
    exp,
  };
}

const subjectOf = (known: ReturnType<VerifiedTokens['get']>) =>
  known && (known as ReturnType<typeof verified>).principal.id;

describe('verified tokens', () => {
  let tokens: VerifiedTokens;

  beforeEach(() => {
    clock.stop(new Date('2030-01-01T00:00:00Z'));
    tokens = new VerifiedTokens();
  });
  afterEach(() => clock.release());

  it('give back what was added, under the very same token', () => {
    const ada = verified('ada');
    tokens.add('token of ada', ada);
    expect(tokens.get('token of ada')).toBe(ada);
    expect(tokens.get('token of bob')).toBeUndefined();
    expect(tokens.hits).toBe(1);
  });

  it('never answer at or past exp, and forget what expired', () => {
    tokens.add('token', verified('ada'));
    clock.forward(MINUTE - 1);
    expect(tokens.get('token')).toBeDefined();
    clock.forward(1);
    expect(tokens.get('token')).toBeUndefined();
    expect(tokens.entries).toBe(0);
    clock.forward(-SECOND);
    expect(tokens.get('token')).toBeUndefined();
  });

  it('never answer for one that had expired when it was added', () => {
    tokens.add('token', verified('ada', inAMinute() - 61));
    expect(tokens.get('token')).toBeUndefined();
  });

  it('keep no more entries than 20,000', () => {
    for (let count = 0; count < MOST_ENTRIES + 5_000; count++) tokens.add(`token ${count}`, verified('ada'));
    expect(tokens.entries).toBe(MOST_ENTRIES);
    expect(tokens.get('token 0')).toBeUndefined();
    expect(tokens.get(`token ${MOST_ENTRIES + 4_999}`)).toBeDefined();
  });

  it('keep no more bytes than 32 MiB, however long the tokens', () => {
    for (let count = 0; count < 6_000; count++) {
      tokens.add(`${count} ${'x'.repeat(8_000)}`, verified('ada'));
      expect(tokens.bytes).toBeLessThanOrEqual(MOST_BYTES);
    }
    expect(tokens.entries).toBeLessThan(6_000);
    expect(tokens.entries).toBeGreaterThan(3_000);
    expect(tokens.entries * 8_000).toBeLessThanOrEqual(MOST_BYTES);
  });

  it('let the least recently used go first', () => {
    for (let count = 0; count < MOST_ENTRIES; count++) tokens.add(`token ${count}`, verified('ada'));
    expect(tokens.get('token 0')).toBeDefined();
    tokens.add('one more', verified('bob'));
    expect(tokens.get('token 0')).toBeDefined();
    expect(tokens.get('token 1')).toBeUndefined();
    expect(tokens.get('token 2')).toBeDefined();
    expect(tokens.get('one more')).toBeDefined();
  });

  it('replace what is added twice', () => {
    tokens.add('token', verified('ada'));
    const before = tokens.bytes;
    const renewed = verified('ada');
    tokens.add('token', renewed);
    expect(tokens.get('token')).toBe(renewed);
    expect({ entries: tokens.entries, bytes: tokens.bytes }).toEqual({ entries: 1, bytes: before });
  });

  it('never share an entry between two tokens that differ in one bit', () => {
    const token = `${'eyJhbGciOiJFUzI1NiJ9'.repeat(12)}.${'c2lnbmF0dXJl'.repeat(20)}.${'A_-9'.repeat(21)}`;
    tokens.add(token, verified('ada'));
    const others = new Set<string>();
    for (let position = 0; position < token.length; position++) {
      for (let bit = 0; bit < 7; bit++) {
        const flipped = String.fromCharCode(token.charCodeAt(position) ^ (1 << bit));
        others.add(token.slice(0, position) + flipped + token.slice(position + 1));
      }
    }
    expect(others.size).toBe(token.length * 7);
    expect([...others].filter((other) => tokens.get(other) !== undefined)).toEqual([]);

    // And with all of them remembered, each still answers for itself alone.
    tokens = new VerifiedTokens();
    tokens.add(token, verified('ada'));
    for (const other of others) tokens.add(other, verified(other));
    expect(subjectOf(tokens.get(token))).toBe('ada');
    expect([...others].filter((other) => subjectOf(tokens.get(other)) !== other)).toEqual([]);
  });

  it('tell apart what only looks alike', () => {
    const alike = [
      'token',
      'token ',
      'Token',
      'token=',
      'token\u0000',
      'tok\u00ADen',
      'tоken',
      '__proto__',
      '',
    ];
    for (const token of alike) tokens.add(token, verified(token));
    expect(alike.map((token) => subjectOf(tokens.get(token)))).toEqual(alike);
    expect(tokens.get('constructor')).toBeUndefined();
  });
});
