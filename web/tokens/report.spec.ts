import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { say } from './messages.js';
import { report } from './report.js';

const NOW = Date.UTC(2026, 10, 30, 12);
const SECONDS = NOW / 1000;
const made = (claims: object, header: object = { alg: 'ES256' }) =>
  `${toBase64Url(JSON.stringify(header))}.${toBase64Url(JSON.stringify(claims))}.c2ln`;
const remarks = (claims: object, header?: object) =>
  report(made(claims, header), { now: NOW }).remarks.map(({ severity, note }) => [
    severity,
    note.code,
    note.values?.['name'],
  ]);

describe('the time of a token', () => {
  it.each([
    ['expired', { exp: SECONDS - 180 }, 'expired 3 minutes ago'],
    ['expired', { exp: SECONDS }, 'expired in 0 seconds'],
    ['live', { exp: SECONDS + 900 }, 'not expired: ends in 15 minutes'],
    ['not-yet', { nbf: SECONDS + 7200, exp: SECONDS + 9000 }, 'not valid yet: begins in 2 hours'],
    ['eternal', { iat: SECONDS }, 'never expires: it has no exp'],
    ['expired', { exp: NOW - 5_000 }, 'expired 5 seconds ago'],
    ['expired', { exp: -1e10 }, 'expired 373 years ago'],
  ])('is %s for %j', (state, claims, text) => {
    const { lifetime } = report(made(claims), { now: NOW });
    expect([lifetime!.state, say(lifetime!.note)]).toEqual([state, text.replace('in 0', 'in 0')]);
  });

  it('may differ by the skew, and says when it changes', () => {
    const token = made({ exp: SECONDS - 30 });
    expect(report(token, { now: NOW, skewS: 60 }).lifetime).toMatchObject({
      state: 'live',
      changesAt: NOW + 30_000,
    });
    expect(report(token, { now: NOW, skewS: 30 }).lifetime!.state).toBe('expired');
  });

  it.each([
    [{ exp: NOW }, ['error', 'milliseconds', 'exp']],
    [{ exp: '2026' }, ['error', 'time-type', 'exp']],
    [{ iat: SECONDS + 120 }, ['warning', 'iat-future', undefined]],
    [{ nbf: SECONDS, exp: SECONDS }, ['error', 'nbf-after-exp', undefined]],
  ])('is odd for %j', (claims, expected) => {
    expect(remarks(claims)).toEqual([expected]);
  });

  it('is in words of the language', () => {
    const { lifetime } = report(made({ exp: SECONDS - 180 }), { now: NOW, locale: 'de' });
    expect(lifetime!.note.values).toEqual({ when: 'vor 3 Minuten' });
  });
});

describe('the kind of a token', () => {
  it.each([
    ['JWT', { typ: 'JWT' }, {}, []],
    [
      'at+jwt with its prefix',
      { typ: 'application/AT+JWT' },
      { iss: 'a', exp: 1, aud: 'b', sub: 'c', client_id: 'd', iat: 1, jti: 'e' },
      [['info', 'profile', undefined]],
    ],
    [
      'dpop+jwt',
      { typ: 'dpop+jwt', jwk: {} },
      { jti: 'a', htm: 'GET', htu: 'b' },
      [
        ['info', 'profile', undefined],
        ['error', 'claim-missing', 'iat'],
      ],
    ],
    [
      'dpop+jwt without a key',
      { typ: 'dpop+jwt' },
      { jti: 'a', htm: 'GET', htu: 'b', iat: 1 },
      [
        ['info', 'profile', undefined],
        ['error', 'claim-missing', 'jwk'],
      ],
    ],
    [
      'logout+jwt',
      { typ: 'logout+jwt' },
      { iss: 'a', aud: 'b', iat: 1, exp: 2, jti: 'c', events: {}, nonce: 'n' },
      [
        ['info', 'profile', undefined],
        ['error', 'claim-either', 'sub / sid'],
        ['error', 'claim-forbidden', 'nonce'],
      ],
    ],
    [
      'secevent+jwt',
      { typ: 'secevent+jwt' },
      { iss: 'a', iat: 1, jti: 'c' },
      [
        ['info', 'profile', undefined],
        ['error', 'claim-missing', 'events'],
      ],
    ],
    [
      'token-introspection+jwt',
      { typ: 'token-introspection+jwt' },
      { iss: 'a', aud: 'b', iat: 1 },
      [
        ['info', 'profile', undefined],
        ['error', 'claim-missing', 'token_introspection'],
      ],
    ],
    [
      'dc+sd-jwt',
      { typ: 'dc+sd-jwt' },
      {},
      [
        ['info', 'profile', undefined],
        ['error', 'claim-missing', 'vct'],
      ],
    ],
    [
      'its old name',
      { typ: 'vc+sd-jwt' },
      { vct: 'a' },
      [
        ['warning', 'typ-deprecated', undefined],
        ['info', 'profile', undefined],
      ],
    ],
    ['JOSE', { typ: 'JOSE' }, {}, [['info', 'profile', undefined]]],
    [
      'an ID token, by its claims',
      {},
      { sub: 'a', nonce: 'n', iss: 'i', aud: 'b', iat: 1, exp: 2 },
      [['info', 'profile', undefined]],
    ],
    [
      'a client assertion, by its claims',
      {},
      { sub: 'a', iss: 'a', aud: 'b', exp: 2, jti: 'x' },
      [['info', 'profile', undefined]],
    ],
    ['an unknown one', { typ: 'x+jwt' }, {}, [['info', 'typ-unknown', undefined]]],
  ])('%s', (_, header, claims, expected) => {
    expect(remarks(claims, { alg: 'ES256', ...header })).toEqual(expected);
  });

  it.each([
    [{ alg: 'none' }, ['error', 'alg-none', undefined]],
    [{ alg: 'ES256', crit: ['x'] }, ['warning', 'crit', undefined]],
    [{ alg: 'ES256', jku: 'https://a.example' }, ['warning', 'key-in-header', 'jku']],
    [{ alg: 'ES256', jwk: {} }, ['warning', 'key-in-header', 'jwk']],
    [{}, ['error', 'alg-missing', undefined]],
  ])('says what is dangerous in the header %j', (header, expected) => {
    expect(remarks({}, header)).toEqual([expected]);
  });
});
