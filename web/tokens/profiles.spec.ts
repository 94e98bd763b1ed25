import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { decode } from './decoding.js';
import { profileNotes } from './profiles.js';

type Claims = Record<string, unknown>;

const notes = (header: Claims, claims: Claims, after = '') => {
  const parts = [{ alg: 'ES256', ...header }, claims].map((each) => toBase64Url(JSON.stringify(each)));
  const token = `${parts.join('.')}.${toBase64Url(new Uint8Array(64))}${after}`;
  return profileNotes(decode(token)).map(({ severity, note: { code, values } }) => [
    severity,
    code,
    values?.['profile'] ?? values?.['typ'],
    values?.['name'],
  ]);
};

const ACCESS = { iss: 'i', exp: 1, aud: 'a', sub: 's', client_id: 'c', iat: 1, jti: 'j' };
const LOGOUT = { iss: 'i', aud: 'a', iat: 1, exp: 1, jti: 'j', events: {}, sid: 's' };

describe('the kind of a token', () => {
  it.each([['at+jwt'], ['AT+JWT'], ['application/at+jwt'], ['Application/AT+jwt']])(
    'is an access token by the typ %s',
    (typ) => {
      expect(notes({ typ }, ACCESS)).toEqual([['info', 'profile', 'access token', undefined]]);
    },
  );

  it('is not said of a plain JWT, which asks for nothing', () => {
    expect(notes({ typ: 'JWT' }, {})).toEqual([]);
    expect(notes({}, { anything: true })).toEqual([]);
    expect(notes({ typ: 5 }, {})).toEqual([]);
  });

  it('is an ID token by its claims, where the type does not say more', () => {
    const claims = { iss: 'i', sub: 's', aud: 'a', exp: 1, iat: 1, nonce: 'n' };
    expect(notes({ typ: 'JWT' }, claims)).toEqual([['info', 'profile', 'ID token', undefined]]);
    expect(notes({ typ: 'at+jwt' }, { ...claims, ...ACCESS })[0]![2]).toBe('access token');
  });

  it('is a client assertion where the issuer speaks of itself', () => {
    expect(notes({}, { iss: 'app', sub: 'app', aud: 'a', exp: 1 })).toEqual([
      ['info', 'profile', 'client assertion', undefined],
    ]);
    expect(notes({}, { iss: 'app', sub: 'ada', aud: 'a', exp: 1 })).toEqual([]);
  });

  it('is said to be unknown, but not of an SD-JWT, whose application chooses the type', () => {
    expect(notes({ typ: 'mine+jwt' }, {})).toEqual([['info', 'typ-unknown', 'mine+jwt', undefined]]);
    expect(notes({ typ: 'mine+sd-jwt' }, {}, '~')).toEqual([]);
  });

  it('is known by its old name too, which is said', () => {
    expect(notes({ typ: 'vc+sd-jwt' }, { vct: 'v' }, '~')).toEqual([
      ['warning', 'typ-deprecated', 'vc+sd-jwt', undefined],
      ['info', 'profile', 'verifiable credential', undefined],
    ]);
  });
});

describe('what a kind asks for', () => {
  const errors = (header: Claims, claims: Claims) =>
    notes(header, claims)
      .filter(([severity]) => severity === 'error')
      .map(([, code, , name]) => [code, name]);

  it.each(Object.keys(ACCESS))('is %s in an access token', (missing) => {
    const { [missing as 'iss']: _, ...claims } = ACCESS;
    expect(errors({ typ: 'at+jwt' }, claims)).toEqual([['claim-missing', missing]]);
  });

  it('is a claim that is there, whatever its value', () => {
    expect(errors({ typ: 'at+jwt' }, { ...ACCESS, jti: null })).toEqual([]);
  });

  it('is one of two in a logout token, and no nonce', () => {
    const { sid: _, ...neither } = LOGOUT;
    expect(errors({ typ: 'logout+jwt' }, LOGOUT)).toEqual([]);
    expect(errors({ typ: 'logout+jwt' }, { ...neither, sub: 's' })).toEqual([]);
    expect(errors({ typ: 'logout+jwt' }, neither)).toEqual([['claim-either', 'sub / sid']]);
    expect(errors({ typ: 'logout+jwt' }, { ...LOGOUT, nonce: 'n' })).toEqual([['claim-forbidden', 'nonce']]);
  });

  it('may stand in the header', () => {
    const claims = { jti: 'j', htm: 'GET', htu: 'https://a.example/', iat: 1 };
    expect(errors({ typ: 'dpop+jwt', jwk: {} }, claims)).toEqual([]);
    expect(errors({ typ: 'dpop+jwt' }, { ...claims, jwk: {} })).toEqual([['claim-missing', 'jwk']]);
  });
});
