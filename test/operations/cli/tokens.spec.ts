import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine } from '../../support/command-line.js';

describe('the token commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tokens-'));
  const file = (name: string) => join(folder, name);
  let gatehouse: CommandLine;

  // No database, no secret: none of them needs any.
  beforeAll(() => (gatehouse = new CommandLine({})));
  afterAll(async () => {
    await gatehouse.close();
    rmSync(folder, { recursive: true });
  });

  it.each(['ES256', 'ES256K', 'Ed448', 'ML-DSA-44', 'HS256'])(
    'make a key for %s, sign with it, verify and decode',
    async (alg) => {
      const made = await gatehouse.run('token:keys', '--alg', alg);
      writeFileSync(file('key'), made.out);
      const signed = await gatehouse.fed(
        '{"sub":"ada"}',
        'token:sign',
        '--key',
        file('key'),
        '--header={"typ":"JWT"}',
      );
      expect(signed).toMatchObject({ code: 0, err: '' });
      const verified = await gatehouse.fed(signed.out, 'token:verify', '--key', file('key'));
      expect(verified).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^· signature verified with key "/),
      });
      const decoded = await gatehouse.run('--json', 'token:decode', `Authorization: Bearer ${signed.out}`);
      expect(JSON.parse(decoded.out)).toMatchObject([
        { label: 'Authorization', header: { alg, typ: 'JWT' }, claims: { sub: 'ada' } },
      ]);
    },
  );

  it('take the key from standard input, and write it as PEM', async () => {
    const { out: jwk } = await gatehouse.run('token:keys', '--alg=RS256', '--bits=1024');
    const { out: pem } = await gatehouse.fed(jwk, 'token:keys', '-', '--format=pem');
    expect(pem).toMatch(/^-----BEGIN PRIVATE KEY-----[^]*-----BEGIN PUBLIC KEY-----/);
    const refused = await gatehouse.fed(pem, 'token:sign', '{}', '--key=-', '--alg=RS256');
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^the key has 1024 bits/) });
    expect((await gatehouse.fed(pem, 'token:sign', '{}', '--key=-', '--alg=RS256', '--force')).code).toBe(0);
  });

  it('fail for what does not verify', async () => {
    writeFileSync(file('key'), (await gatehouse.run('token:keys', '--alg', 'ES256')).out);
    writeFileSync(file('other'), (await gatehouse.run('token:keys', '--alg', 'ES256')).out);
    const { out: token } = await gatehouse.run('token:sign', '{"exp":1}', '--key', file('key'));
    expect((await gatehouse.run('token:verify', token, '--key', file('key'))).code).toBe(1);
    expect((await gatehouse.run('token:verify', token, '--key', file('other'))).code).toBe(1);
    expect((await gatehouse.run('token:decode', token.slice(0, 40))).code).toBe(1);
  });

  it.each([
    [['token:verify', 'a.b.c', '--key=missing'], 1, /^there is no file missing that can be read\n$/],
    [['token:verify', '--key=-'], 1, /^standard input is the key/],
    [['token:verify', 'a.b.c'], 2, /--key/],
    [['token:keys'], 1, /^name a file with keys/],
    [['token:keys', '--alg=HS1'], 1, /^there is no algorithm HS1\n$/],
    [['token:verify', 'a', '--key=-', '--skew=1m'], 2, /whole number/],
  ])('say what is wrong with %j', async (args, code, message) => {
    expect(await gatehouse.fed('x', ...args)).toMatchObject({
      code,
      out: '',
      err: expect.stringMatching(message),
    });
  });
});
