import { describe, expect, it } from 'vitest';
import { decode } from './decoding.js';
import { checkKeyBinding, disclose } from './disclosures.js';
import { decrypt } from './encryption.js';
import { thumbprintOf } from './engines.js';
import { readKeys } from './key-reading.js';
import { report } from './report.js';
import { sign } from './signing.js';
import { verify } from './verification.js';
import {
  ACCESS_TOKEN,
  ED25519,
  ES256,
  ES512,
  GENERAL_JSON,
  HS256,
  JOE_CLAIMS,
  JWE,
  RS256,
  THUMBPRINT,
  UNSECURED,
} from './vectors/jose.js';
import { DISCLOSURES, ISSUED, ISSUER_KEY, PRESENTED } from './vectors/rfc9901.js';
import { findTokens } from './finding.js';
import { toBase64Url } from './bytes.js';

const given = (key: object) => readKeys(JSON.stringify(key));

describe('RFC 7515 and RFC 7519', () => {
  it.each([
    ['A.1 (HS256)', HS256],
    ['A.2 (RS256)', RS256],
    ['A.3 (ES256)', ES256],
  ])('%s is decoded and verified', async (_, { token, key }) => {
    const decoded = decode(token);
    expect(decoded).toMatchObject({ kind: 'jws', claims: JOE_CLAIMS, defects: [] });
    expect(await verify(decoded, given(key))).toMatchObject({ state: 'valid', warnings: [] });
    const [head, payload, signature] = token.split('.') as [string, string, string];
    const other = `${signature[0] === 'a' ? 'b' : 'a'}${signature.slice(1)}`;
    expect(await verify(decode(`${head}.${payload}.${other}`), given(key))).toMatchObject({
      state: 'invalid',
    });
  });

  it('A.4 (ES512) signs what is no JSON', async () => {
    const decoded = decode(ES512.token);
    expect(decoded.parts[1]!.text).toBe('Payload');
    expect(decoded.defects.map(({ note, severity }) => [note.code, severity])).toEqual([
      ['not-json', 'info'],
    ]);
    expect(await verify(decoded, given(ES512.key))).toMatchObject({ state: 'valid' });
  });

  it('A.5 is not secured, whatever key there is', async () => {
    expect(decode(UNSECURED)).toMatchObject({ header: { alg: 'none' }, claims: JOE_CLAIMS, defects: [] });
    expect(await verify(decode(UNSECURED), given(HS256.key))).toMatchObject({ state: 'unsecured' });
  });

  it('A.6 and A.7 become compact tokens', () => {
    const tokens = findTokens(JSON.stringify(GENERAL_JSON, null, 2));
    expect(tokens).toEqual([
      { token: RS256.token, label: 'signatures[0]' },
      { token: ES256.token, label: 'signatures[1]' },
    ]);
    const [head, payload, signature] = ES256.token.split('.');
    expect(findTokens(JSON.stringify({ protected: head, payload, signature }))).toEqual([
      { token: ES256.token, label: undefined },
    ]);
  });
});

describe('RFC 7516 A.3', () => {
  it('shows header and sizes without a key, and the text with it', async () => {
    const decoded = decode(JWE.token);
    expect(decoded).toMatchObject({
      kind: 'jwe',
      header: { alg: 'A128KW', enc: 'A128CBC-HS256' },
      defects: [],
    });
    expect(decoded.parts.map(({ name, bytes }) => [name, bytes.length])).toEqual([
      ['header', 38],
      ['encrypted key', 40],
      ['iv', 16],
      ['ciphertext', 32],
      ['tag', 16],
    ]);
    expect(await decrypt(decoded, given(JWE.key).keys)).toMatchObject({
      state: 'decrypted',
      plaintext: JWE.plaintext,
    });
    expect(await decrypt(decoded, given(HS256.key).keys)).toMatchObject({ state: 'undecryptable' });
    expect(await decrypt(decoded, [])).toMatchObject({ state: 'unchecked' });
  });
});

describe('RFC 7638 and RFC 8037', () => {
  it('gives the thumbprints', async () => {
    expect(await thumbprintOf(THUMBPRINT.key)).toBe(THUMBPRINT.thumbprint);
    expect(await thumbprintOf(ED25519.key)).toBe(ED25519.thumbprint);
  });

  it('verifies and signs Ed25519, to the byte', async () => {
    expect(await verify(decode(ED25519.token), given(ED25519.key))).toMatchObject({ state: 'valid' });
    expect(await sign({ alg: 'EdDSA' }, ED25519.payload, ED25519.key)).toBe(ED25519.token);
  });
});

describe('RFC 9068 §2.2', () => {
  const token = (claims: object) =>
    `${toBase64Url(JSON.stringify(ACCESS_TOKEN.header))}.${toBase64Url(JSON.stringify(claims))}.c2ln`;
  const now = ACCESS_TOKEN.claims.iat * 1000;

  it('is an access token that lacks nothing', () => {
    const { remarks, lifetime } = report(token(ACCESS_TOKEN.claims), { now });
    expect(remarks.map(({ note }) => note.code)).toEqual(['profile']);
    expect(remarks[0]!.note.values).toMatchObject({ profile: 'access token', source: 'RFC 9068 §2.2' });
    expect(lifetime).toMatchObject({ state: 'live', changesAt: ACCESS_TOKEN.claims.exp * 1000 });
  });

  it.each(['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])('needs %s', (name) => {
    const { [name]: _, ...claims } = ACCESS_TOKEN.claims as Record<string, unknown>;
    const missing = report(token(claims), { now }).remarks.filter(({ severity }) => severity === 'error');
    expect(missing.map(({ note }) => [note.code, note.values?.['name']])).toEqual([['claim-missing', name]]);
  });
});

describe('RFC 9901 §5', () => {
  it('puts in what is disclosed, and says where', async () => {
    const decoded = decode(PRESENTED);
    expect(decoded.kind).toBe('sd-jwt');
    const { claims, disclosures, hidden, problems } = await disclose(decoded);
    expect(problems).toEqual([]);
    expect(disclosures.map(({ name, value, path }) => [name, value, path])).toEqual([
      ['family_name', 'Doe', 'family_name'],
      ['address', expect.objectContaining({ locality: 'Anytown' }), 'address'],
      ['given_name', 'John', 'given_name'],
      [undefined, 'US', 'nationalities[0]'],
    ]);
    expect(claims).toMatchObject({ sub: 'user_42', given_name: 'John', nationalities: ['US'] });
    expect(claims).not.toHaveProperty('_sd');
    expect(claims).not.toHaveProperty('_sd_alg');
    expect(claims).not.toHaveProperty('email');
    expect(hidden).toBe(6);
  });

  it('verifies the issuer and the key binding', async () => {
    const decoded = decode(PRESENTED);
    expect(await verify(decoded, given(ISSUER_KEY))).toMatchObject({ state: 'valid' });
    expect(await checkKeyBinding(decoded)).toMatchObject({ isRight: true });
    const withLess = PRESENTED.replace(`${DISCLOSURES.us}~`, '');
    expect(await checkKeyBinding(decode(withLess))).toMatchObject({
      isRight: false,
      note: { code: 'kb-hash' },
    });
    const forged = `${PRESENTED.slice(0, -10)}AAAAAAAAAA`;
    expect(await checkKeyBinding(decode(forged))).toMatchObject({
      isRight: false,
      note: { code: 'kb-unverified' },
    });
    expect(await checkKeyBinding(decode(`${ISSUED}~`))).toBeUndefined();
  });

  it.each([
    ['one that the token does not know', 'WyJkdW1teXNhbHQiLCAiZm9vIiwgImJhciJd', 'sd-unreferenced'],
    ['one that is no array', toBase64Url('{"a":1}'), 'sd-malformed'],
    ['the same twice', `${DISCLOSURES.given}~${DISCLOSURES.given}`, 'sd-duplicate'],
  ])('refuses %s', async (_, disclosure, code) => {
    const { problems, claims } = await disclose(decode(`${ISSUED}~${disclosure}~`));
    expect(problems.map((each) => each.code)).toContain(code);
    expect(claims).not.toHaveProperty('foo');
  });
});
