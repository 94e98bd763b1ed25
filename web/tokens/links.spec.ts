import { describe, expect, it } from 'vitest';
import { toBase64Url } from './bytes.js';
import { decode } from './decoding.js';
import { generateKey, writeKey } from './key-writing.js';
import { halfHash, linksOf } from './links.js';
import { say } from './messages.js';
import { report } from './report.js';
import { sign } from './signing.js';

const NOW = Date.UTC(2026, 10, 30, 12);
const made = (claims: object, header: object = { alg: 'ES256' }) =>
  `${toBase64Url(JSON.stringify(header))}.${toBase64Url(JSON.stringify(claims))}.c2ln`;

describe('tokens that speak of each other', () => {
  it('at_hash and c_hash (OpenID Connect Core, appendix A.4)', async () => {
    // https://openid.net/specs/openid-connect-core-1_0.html#code-id_tokenExample
    expect(await halfHash('Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk', 'RS256')).toBe(
      'LDktKdoQak3Pk0cnXxCltA',
    );
    expect(await halfHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y', 'RS256')).toBe(
      '77QmUPtjPfzWtF2AnpK9RQ',
    );
  });

  it('an ID token with its access token, and with another', async () => {
    const access = made({ sub: 'a', scope: 'x' });
    const idToken = decode(
      made({ sub: 'a', at_hash: await halfHash(access, 'ES256'), c_hash: await halfHash('code', 'ES256') }),
    );
    const links = (token: string) => linksOf(idToken, [idToken, decode(token)], 'code');
    expect((await links(access)).map(({ isRight, note }) => [note.values!['name'], isRight])).toEqual([
      ['at_hash', true],
      ['c_hash', true],
    ]);
    expect((await links(made({ sub: 'b' }))).map(({ isRight }) => isRight)).toEqual([false, true]);
    expect(await linksOf(idToken, [idToken])).toEqual([]);
  });

  it('a DPoP proof and the token that is bound to it', async () => {
    const key = await generateKey('ES256');
    const { publicJwk, thumbprint } = await writeKey(key);
    const token = decode(made({ sub: 'a', cnf: { jkt: thumbprint } }));
    const digest = new Uint8Array(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token.token)),
    );
    const proof = decode(
      await sign(
        { alg: 'ES256', typ: 'dpop+jwt', jwk: publicJwk },
        JSON.stringify({ ath: toBase64Url(digest) }),
        key,
      ),
    );
    expect(await linksOf(token, [token, proof])).toMatchObject([
      { isRight: true, note: { values: { name: 'cnf.jkt' } } },
    ]);
    expect(await linksOf(proof, [token, proof])).toMatchObject([
      { isRight: true, note: { values: { name: 'ath' } } },
    ]);
    const other = decode(made({ sub: 'a', cnf: { jkt: 'x' } }));
    expect(await linksOf(other, [other, proof])).toMatchObject([{ isRight: false }]);
  });

  it('a chain of actors (RFC 8693 §4.1)', () => {
    const claims = { sub: 'user', act: { sub: 'service16', act: { sub: 'service77' } } };
    const { remarks: said } = report(made(claims), { now: NOW });
    expect(say(said[0]!.note)).toBe('user is represented by service16 → service77');
  });
});
