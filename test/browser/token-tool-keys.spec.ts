import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { expectStatus, expectText, useTokenTool } from '../support/token-tool.js';
import { toBase64Url } from '../../web/tokens/bytes.js';
import { generateKey, writeKey } from '../../web/tokens/key-writing.js';
import { sign } from '../../web/tokens/signing.js';
import { CERTIFICATE, OPENSSH } from '../../web/tokens/vectors/keys.js';
import { ED25519, RS256 } from '../../web/tokens/vectors/jose.js';
import type { Site } from '../support/tabs.js';

const MINUTE = 60_000;
const secret = (text: string) => ({ kty: 'oct', k: toBase64Url(text) });

describe('the keys of the token tool, with the network off', { timeout: MINUTE }, () => {
  let app: Site;
  const open = useTokenTool((own) => (app = own));

  it('edits a token, signs it with each change, and goes back', async () => {
    const page = await open();
    const key = await generateKey('ES256');
    const token = await sign({ alg: 'ES256' }, '{"sub":"ada"}', key);
    await page.paste(token);
    await page.giveKey(JSON.stringify(key));
    await page.button('Edit').click();
    await page.page.fill('#draft-payload', '{ "sub": "grace" }');
    await expectStatus(page, /^Signature verified/);
    expect(await page.token()).not.toBe(token);
    expect(await page.token()).toContain(toBase64Url('{"sub":"grace"}'));
    await page.page.fill('#draft-header', '{ "alg": ');
    expect(await page.page.getAttribute('#draft-header', 'aria-invalid')).toBe('true');
    await page.button('Back to the pasted token').click();
    expect(await page.token()).toBe(token);
  });

  it.each([
    'HS512',
    'RS256',
    'PS384',
    'ES512',
    'EdDSA',
    'Ed25519',
    'Ed448',
    'ES256K',
    'ML-DSA-44',
    'ML-DSA-87',
  ])('makes a key for %s, signs with it and verifies', async (alg) => {
    const page = await open();
    await page.button('Client assertion').click();
    await expectStatus(page, /^Signature verified/);
    await page.button('Edit').click();
    await page.page.getByText('Make a key').click();
    await page.page.selectOption('#make-alg', alg);
    await page.button('Make it').click();
    await page.page.waitForFunction(
      (name) => document.querySelector<HTMLTextAreaElement>('#draft-header')!.value.includes(`"${name}"`),
      alg,
    );
    await expectStatus(page, /^Signature verified with key ".*, which its kid names$/);
    const [head] = (await page.token()).split('.');
    expect(JSON.parse(Buffer.from(head!, 'base64url').toString())).toMatchObject({ alg });
  });

  it('reads keys in every form, and says how it read them', async () => {
    const page = await open();
    const key = await generateKey('RS256');
    const { publicPem, privatePem } = await writeKey(key);
    await page.paste(await sign({ alg: 'RS256' }, '{}', key));
    for (const [text, words] of [
      [publicPem!, 'public key, PEM (SPKI)'],
      [privatePem!, 'private key, PEM (PKCS#8)'],
      [JSON.stringify(key), 'of the JWK'],
    ] as const) {
      await page.giveKey(text);
      await expectStatus(page, /^Signature verified/);
      expect(await page.page.textContent('#key-read')).toContain(words);
    }
    await page.giveKey(CERTIFICATE.pem);
    await expectText(page, 'CN=issuer.example, O=Example');
    await expectText(page, /valid from Nov 30, 2026/);
    await page.giveKey(OPENSSH.private);
    expect(await page.page.textContent('#key-read')).toContain('OpenSSH key');
    await page.giveKey('-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----');
    expect(await page.page.textContent('#key-read .error')).toContain('openssl pkey');
  });

  it('takes a JWKS, and names the key of it that verified', async () => {
    const page = await open();
    const [one, two] = await Promise.all([generateKey('ES256'), generateKey('ES256')]);
    await page.paste(await sign({ alg: 'ES256' }, '{}', two));
    await page.giveKey(JSON.stringify({ keys: [one, RS256.key, two] }));
    await expectStatus(page, `Signature verified with key "${two.kid}" of the JWKS`);
  });

  it('has the keys of this server already', async () => {
    const { tokens } = await app.as.member();
    const page = await open();
    await page.paste(tokens.access_token);
    await expectStatus(page, /^Signature verified with key ".*" of the JWKS, which its kid names$/);
    await expectText(page, 'Access token (RFC 9068 §2.2)');
  });

  it('finds out how a secret was encoded', async () => {
    const page = await open();
    const bytes = Buffer.alloc(40, 7);
    await page.paste(await sign({ alg: 'HS256' }, '{}', { kty: 'oct', k: bytes.toString('base64url') }));
    await page.giveKey(bytes.toString('hex'));
    await expectStatus(page, 'Signature verified with the secret decoded from hex');
    await page.giveKey(`${bytes.toString('base64')}`);
    await expectStatus(page, /^Signature verified with the secret decoded from base64/);
  });

  it('gives keys to download, without the private half where it says public', async () => {
    const page = await open();
    await page.giveKey(JSON.stringify(ED25519.key));
    await page.page.getByText('The key in other forms').click();
    expect(await page.panel('Thumbprint').textContent()).toContain(ED25519.thumbprint);
    for (const [name, file, holds] of [
      ['Download public JWK', 'public.jwk', false],
      ['Download private PEM', 'private.pem', true],
    ] as const) {
      const [download] = await Promise.all([page.page.waitForEvent('download'), page.button(name).click()]);
      expect(download.suggestedFilename()).toBe(file);
      const text = readFileSync(await download.path(), 'utf8');
      expect(/"d"|PRIVATE KEY/.test(text)).toBe(holds);
    }
  });

  it('verifies with a short secret, and signs with it after one has said so', async () => {
    const page = await open();
    await page.paste(await sign({ alg: 'HS256' }, '{"a":1}', secret('too short'), true));
    await page.giveKey('too short');
    await expectStatus(page, 'Signature verified with the secret as text');
    await expectStatus(page, /^The secret has 72 bits; HS256 wants at least 256/);
    await page.button('Edit').click();
    await page.page.fill('#draft-payload', '{"a":2}');
    await expectStatus(page, /^Not signed: the secret has 72 bits/);
    await page.page.getByLabel(/^I know/).check();
    await expectStatus(page, 'Signature verified with the secret as text');
  });
});
