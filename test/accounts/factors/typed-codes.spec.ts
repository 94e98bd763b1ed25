import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { clock } from '../../support/clock.js';
import { answer, challenge, codeOf } from '../../support/factors.js';
import { expectProblem } from '../../support/problem.js';

/** The digits of a script, whose zero is this. */
const digitsFrom = (zero: number) => (code: string) =>
  [...code].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');

const SPELLINGS: [name: string, spell: (code: string) => string][] = [
  ['Arabic digits', digitsFrom(0x660)],
  ['Persian digits', digitsFrom(0x6f0)],
  ['Devanagari digits', digitsFrom(0x966)],
  ['Bengali digits', digitsFrom(0x9e6)],
  ['Thai digits', digitsFrom(0xe50)],
  ['Burmese digits', digitsFrom(0x1040)],
  ['full-width digits', digitsFrom(0xff10)],
  ['mathematical digits', digitsFrom(0x1d7d8)],
  ['Adlam digits', digitsFrom(0x1e950)],
  ['groups with a space', (code) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ['groups with a no-break space', (code) => `${code.slice(0, 3)}\u00a0${code.slice(3)}`],
  ['groups with a dash', (code) => `${code.slice(0, 3)}\u2013${code.slice(3)}`],
  ['marks of direction', (code) => `\u200f\u202b${digitsFrom(0x660)(code)}\u202c`],
  ['a zero-width space', (code) => `${code}\u200b`],
];
const WRONG = [
  '12345é',
  'абвгде',
  '12345\u200b',
  '🔥🔥🔥',
  '٠١٢٣٤',
  '½½½½½½',
  '12345Ⅷ',
  '\ud800'.repeat(6),
  '①②③④⑤⑥x',
];

describe('a code of an authenticator application', () => {
  let app: TestApp;
  beforeAll(async () => (app = await startApp()));
  beforeEach(() => clock.stop());
  afterEach(() => clock.release());
  afterAll(() => app.close());

  const logInWith = async (person: SignedIn, secret: string, code: string) =>
    answer(app, await challenge(app, { person, secret, recoveryCodes: [] }), code);
  const setUp = async (member: SignedIn): Promise<string> =>
    (await member.post('/v1/me/factors/totp')).body.secret;

  it.each(SPELLINGS)('confirms and signs in when it is typed with %s', async (_, spell) => {
    const member = await app.as.member();
    const secret = await setUp(member);
    const confirmed = await member.post('/v1/me/factors/totp/confirm', { code: spell(codeOf(secret)) });
    expect(confirmed.status, confirmed.text).toBe(200);
    clock.forward(60_000);
    const { status, text } = await logInWith(member, secret, spell(codeOf(secret)));
    expect(status, text).toBe(200);
  });

  it.each(WRONG)('is 400 or 401 and never 500 as %j', async (code) => {
    const member = await app.as.member();
    const secret = await setUp(member);
    const refused = await member.post('/v1/me/factors/totp/confirm', { code });
    expect([refused.status, refused.body.code]).toEqual([400, expect.any(String)]);
    expect((await member.get('/v1/me/factors')).body.totp, 'nothing was confirmed').toBeNull();
    await member.post('/v1/me/factors/totp/confirm', { code: codeOf(secret) });
    const answered = await logInWith(member, secret, code);
    expect([400, 401]).toContain(answered.status);
    expect(answered.body).not.toHaveProperty('access_token');
  });

  it('is the digits that were typed, and not others of the same script', async () => {
    const member = await app.as.member();
    const secret = await setUp(member);
    const other = codeOf(secret).replaceAll(/\d/g, (digit) => String((Number(digit) + 1) % 10));
    const refused = await member.post('/v1/me/factors/totp/confirm', { code: digitsFrom(0x660)(other) });
    expectProblem(refused, 400, 'wrong_code');
  });
});
