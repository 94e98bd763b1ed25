import { describe, expect, it } from 'vitest';
import { expectSoon } from '../../test/support/soon.js';
import { findTokens } from './finding.js';
import { ES256, HS256, JWE } from './vectors/jose.js';
import { PRESENTED } from './vectors/rfc9901.js';

const A = HS256.token;
const B = ES256.token;

describe('tokens in a pasted text', () => {
  it.each([
    ['the token alone', A, [[A, undefined]]],
    ['a header', `Authorization: Bearer ${A}`, [[A, 'Authorization']]],
    [
      'a header of DPoP',
      `authorization: DPoP ${A}\ndpop: ${B}`,
      [
        [A, 'authorization'],
        [B, 'dpop'],
      ],
    ],
    ['cookies', `Cookie: a=1; __Host-gatehouse_access=${A}; theme=dark`, [[A, '__Host-gatehouse_access']]],
    ['curl', `curl -H 'Authorization: Bearer ${A}' https://api.example/v1/me`, [[A, 'Authorization']]],
    [
      'a URL',
      `https://app.example/cb#access_token=${A}&id_token=${B}&state=x`,
      [
        [A, 'access_token'],
        [B, 'id_token'],
      ],
    ],
    ['a URL in a URL', `https://a.example/?next=%2Fcb%3Ftoken%3D${A.replaceAll('.', '%2E')}`, [[A, 'token']]],
    ['a log line', `2026-11-30T08:00:00Z WARN refused token ${A}. Bye.`, [[A, 'token']]],
    [
      'JSON',
      JSON.stringify({ access_token: A, token_type: 'Bearer', id_token: B }, null, 2),
      [
        [A, 'access_token'],
        [B, 'id_token'],
      ],
    ],
    ['a shell variable', `export TOKEN="${A}"`, [[A, 'TOKEN']]],
    ['an API key with its prefix', `ghk_${A}`, [[A, undefined]]],
    ['the same token twice', `${A}\n\nand again: ${A}`, [[A, undefined]]],
    ['an encrypted token', `token: ${JWE.token}`, [[JWE.token, 'token']]],
    ['an SD-JWT with its key binding', `vp_token=${PRESENTED}`, [[PRESENTED, 'vp_token']]],
    ['a padded token', `${A}=`, [[`${A}=`, undefined]]],
    ['quotes', `"${A}"`, [[A, undefined]]],
  ] as [string, string, [string, string | undefined][]][])('%s', (_, pasted, expected) => {
    expect(findTokens(pasted).map(({ token, label }) => [token, label])).toEqual(expected);
  });

  it('takes lines that are tokens one by one', () => {
    const wrapped = A.match(/.{1,64}/g)!.join('\n');
    for (const text of [`${A}\n${B}\n`, `${wrapped}\n${B}`, `> ${A}\r\n>\r\n> ${B}`])
      expect(findTokens(text).map(({ token }) => token)).toEqual([A, B]);
  });

  it.each([
    ['lines of 64 characters', (token: string) => token.match(/.{1,64}/g)!.join('\n')],
    ['lines of a mail', (token: string) => `> ${token.match(/.{1,70}/g)!.join('\r\n> ')}`],
    ['lines of a shell', (token: string) => token.match(/.{1,70}/g)!.join('\\\n  ')],
    ['a wrapped SD-JWT', () => PRESENTED.match(/.{1,72}/g)!.join('\n')],
  ])('joins %s', (what, wrap) => {
    const token = what.includes('SD-JWT') ? PRESENTED : A;
    expect(findTokens(wrap(token))).toEqual([{ token, label: undefined }]);
  });

  it.each([
    ['', []],
    ['  \n', []],
    ['hello', ['hello']],
    ['Bearer x.y.z', ['x.y.z']],
    ['"opaque_refresh-token"', ['opaque_refresh-token']],
  ])('takes %j for what it may be', (pasted, expected) => {
    expect(findTokens(pasted).map(({ token }) => token)).toEqual(expected);
  });

  it('finds nothing in prose about eyes and eyewitnesses', () => {
    const prose = 'The eyewitness.statement said eye contact was made.';
    expect(findTokens(prose).map(({ token }) => token)).toEqual([prose]);
  });

  it('takes no more than a moment for a megabyte of dots, of tildes and of letters', async () => {
    for (const text of ['.', '~', 'ey', 'ey.', 'e y', '= ', 'ey\n', 'a.\n'].map((each) =>
      each.repeat(1e6 / each.length),
    ))
      await expectSoon(text.slice(0, 6), () => findTokens(text), 1_000);
  });
});
