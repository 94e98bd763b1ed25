import { describe, expect, it } from 'vitest';
import { expectStatus, expectText, useTokenTool } from '../support/token-tool.js';
import { toBase64Url } from '../../web/tokens/bytes.js';
import { halfHash } from '../../web/tokens/links.js';
import { generateKey, writeKey } from '../../web/tokens/key-writing.js';
import { sign } from '../../web/tokens/signing.js';
import { ES256, HS256, JWE, UNSECURED } from '../../web/tokens/vectors/jose.js';
import { ISSUER_KEY, PRESENTED } from '../../web/tokens/vectors/rfc9901.js';
import type { Site } from '../support/tabs.js';

const MINUTE = 60_000;
const secret = (text: string) => ({ kty: 'oct', k: toBase64Url(text) });
const nowS = () => Math.floor(Date.now() / 1000);

describe('the token tool, with the network off', { timeout: MINUTE }, () => {
  let app: Site;
  const open = useTokenTool((own) => (app = own));

  it('decodes whatever is pasted, and lists several tokens', async () => {
    const page = await open();
    await page.paste(
      `curl -H 'Authorization: Bearer ${HS256.token}' https://api.example -d id_token=${ES256.token}`,
    );
    await expectText(page, '2 tokens found');
    expect(await page.panel('Claims').locator('pre').last().textContent()).toContain('"iss": "joe"');
    await page.page.getByLabel('id_token').check();
    expect(await page.panel('Header').locator('pre').first().textContent()).toContain('"alg": "ES256"');
    await page.paste(HS256.token.match(/.{1,50}/g)!.join('\n'));
    expect(await page.panel('Header').locator('pre').first().textContent()).toContain('"alg": "HS256"');
  });

  it('shows a broken token as far as it goes, with each defect at its byte', async () => {
    const page = await open();
    const head = HS256.token.split('.')[0]!;
    await page.paste(`${head}.${toBase64Url('{"a":1,"a":2}')}==.x`);
    expect(await page.panel('Claims').locator('pre').last().textContent()).toContain('"a": 2');
    const place = page.button(/byte 7 of the payload/);
    await place.click();
    const selected = await page.page.evaluate(() => {
      const field = document.activeElement as HTMLTextAreaElement;
      return field.selectionStart;
    });
    expect(selected).toBe(head.length + 1 + 9);
    expect(await page.page.locator('.defects li').count()).toBe(4);
    await expectStatus(page, 'The token is broken in 2 places');
  });

  it('knows the kinds of tokens, and what each needs', async () => {
    const page = await open();
    for (const name of ['Access token', 'DPoP proof', 'Logout token', 'ID token']) {
      await page.paste('');
      await page.button(name).click();
      await page
        .panel('Good to know')
        .getByText(new RegExp(`^${name} \\(`))
        .waitFor();
      expect(await page.page.locator('.remarks .bad').count()).toBe(0);
    }
    await page.paste(`${toBase64Url('{"alg":"ES256","typ":"at+jwt"}')}.${toBase64Url('{"sub":"a"}')}.c2ln`);
    await expectText(page, 'Access token needs client_id (RFC 9068 §2.2)');
  });

  it('says first when a token ends, and counts down', async () => {
    const page = await open();
    await page.page.clock.install({ time: Date.now() });
    const made = (claims: object) =>
      `${toBase64Url('{"alg":"ES256"}')}.${toBase64Url(JSON.stringify(claims))}.c2ln`;
    await page.paste(made({ exp: nowS() - 180 }));
    await expectStatus(page, /^Expired 3 minutes ago/);
    await page.page.fill('#skew', '300');
    await expectStatus(page, /within the skew allowed/);
    await page.paste(made({ iat: nowS() + 900, exp: Date.now() + 3_600_000 }));
    await expectText(page, /^exp is in milliseconds/i);
    await expectText(page, /^iat is in the future/);
  });

  it('shows the header of an encrypted token, and opens it and the token inside', async () => {
    const { CompactEncrypt } = await import('jose');
    const page = await open();
    await page.paste(JWE.token);
    const parts = page.panel('Parts of the encrypted token');
    await parts.getByText('40 bytes').waitFor();
    expect(await page.panel('Header').locator('pre').first().textContent()).toContain(
      '"enc": "A128CBC-HS256"',
    );
    await page.giveKey(JSON.stringify(JWE.key));
    await expectText(page, 'Live long and prosper.');
    const nested = await new CompactEncrypt(new TextEncoder().encode(HS256.token))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(Buffer.alloc(32, 1));
    await page.paste(nested);
    await page.giveKey(Buffer.alloc(32, 1).toString('base64url'));
    await page.button('Look at the token inside').click();
    expect(await page.panel('Claims').locator('pre').last().textContent()).toContain('"iss": "joe"');
  });

  it('puts in what an SD-JWT discloses, and checks the key binding', async () => {
    const page = await open();
    await page.paste(PRESENTED);
    await page.giveKey(JSON.stringify(ISSUER_KEY));
    await expectStatus(page, 'Signature verified with JWK');
    await expectStatus(page, 'Key binding verified with the key in cnf');
    const table = page.panel('Disclosures').locator('table');
    expect(await table.locator('tbody tr').count()).toBe(4);
    await table.getByText('nationalities[0]').waitFor();
    await expectText(page, '6 more claims are not disclosed');
  });

  it('checks an ID token against its access token', async () => {
    const key = await generateKey('ES256');
    const access = await sign({ alg: 'ES256' }, '{"sub":"a","scope":"x"}', key);
    const claims = { sub: 'a', at_hash: await halfHash(access, 'ES256'), act: { sub: 'service' } };
    const idToken = await sign({ alg: 'ES256' }, JSON.stringify(claims), key);
    const page = await open();
    await page.paste(JSON.stringify({ id_token: idToken, access_token: access }));
    await expectText(page, /^at_hash matches the access token/i);
    await expectText(page, 'a is represented by service');
    await page.paste(JSON.stringify({ id_token: idToken, access_token: HS256.token }));
    await expectText(page, /^at_hash does not match the access token/i);
  });

  it('is red for none, for a public key as a secret, and for secrets of tutorials', async () => {
    const page = await open();
    await page.paste(UNSECURED);
    await expectStatus(page, /^alg is none/i);
    expect(await page.status.locator('.chip.bad').count()).toBeGreaterThan(0);
    const { publicPem } = await writeKey(await generateKey('RS256'));
    await page.paste(await sign({ alg: 'HS256' }, '{}', secret(publicPem!.trim()), true));
    await page.giveKey(publicPem!);
    await expectStatus(page, /^The secret is a public key/);
    await page.giveKey('');
    await page.paste(await sign({ alg: 'HS256' }, '{}', secret('your-256-bit-secret'), true));
    await expectStatus(page, /well-known one, "your-256-bit-secret"/);
  });

  it.each(['token', 'id_token', 'access_token', 'value'])(
    'takes #%s= of a link out of the history',
    async (name) => {
      const page = await open(`/tokens#${name}=${HS256.token}`);
      await expectStatus(page, /^Expired/);
      expect(await page.token()).toBe(HS256.token);
      expect(page.page.url()).toBe(`${app.site}/tokens`);
    },
  );

  it('shares a token without its signature unless that is asked for, and never a key', async () => {
    const page = await open();
    await page.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.paste(HS256.token);
    await page.giveKey(JSON.stringify(HS256.key));
    await page.panel('Share').locator('summary').click();
    const copied = async () => {
      await page.button(/^(Copy the link|Copied)$/).click();
      return page.page.evaluate(() => navigator.clipboard.readText());
    };
    const [head, payload, signature] = HS256.token.split('.');
    const without = await copied();
    expect(without).toBe(`${app.site}/tokens#token=${head}.${payload}.`);
    await page.page.getByLabel(/^With the signature/).check();
    const withIt = await copied();
    expect(withIt).toContain(signature!);
    expect(withIt).not.toContain(HS256.key.k);
  });

  it('says when a token is too large for a cookie or a header, and what is large in it', async () => {
    const page = await open();
    const claims = { sub: 'a', groups: 'g'.repeat(9_000) };
    await page.paste(`${toBase64Url('{"alg":"ES256"}')}.${toBase64Url(JSON.stringify(claims))}.c2ln`);
    await expectText(page, /too large for a cookie/);
    await expectText(page, /larger than the 8 kB of headers/);
    await expectText(page, /groups: 9,011 bytes/);
  });

  it.each([
    ['16 kB', 12_000, 50],
    ['1 MB', 750_000, 200],
  ])('decodes %s in time', { timeout: 120_000 }, async (_, bytes, most) => {
    const page = await open();
    const claims = {
      sub: 'ada',
      groups: Array.from({ length: bytes / 20 }, (_each, n) => `group-${n}`.padEnd(17)),
    };
    const token = `${toBase64Url('{"alg":"ES256"}')}.${toBase64Url(JSON.stringify(claims))}.c2ln`;
    const cdp = await page.page.context().newCDPSession(page.page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    /** Milliseconds of processor time that the page's scripts take for something. */
    const spentOn = async (work: () => Promise<void>) => {
      const scripts = async () => {
        const { metrics } = await cdp.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'ScriptDuration')!.value * 1000;
      };
      const before = await scripts();
      await work();
      return (await scripts()) - before;
    };
    const show = (text: string) =>
      page.page.evaluate(async (value) => {
        const field = document.querySelector<HTMLTextAreaElement>('#token')!;
        const isShown = () =>
          document.querySelector('.contents')?.textContent?.includes('group-0') === (value !== '');
        field.value = value;
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        while (!isShown()) await new Promise((done) => setTimeout(done));
      }, text);
    const loop = () =>
      page.page.evaluate(() => {
        let x = 1;
        for (let turn = 0; turn < 1e7; turn++) x = (x * 1_103_515_245 + 12_345) & 0x7f_ff_ff_ff;
        if (x === -1) throw new Error('never');
      });
    /** Of {@link loop} on a machine that does nothing else. */
    const IDLE_MS = 48;
    const times: number[] = [];
    for (let run = 0; run < 7; run++) {
      const slowness = Math.max(1, (await spentOn(loop)) / IDLE_MS);
      times.push((await spentOn(() => show(token))) / slowness);
      await show('');
    }
    expect(Math.min(...times)).toBeLessThan(most);
  });

  it('has programs that verify tokens of this server', async () => {
    const page = await open();
    await page.page.locator('summary', { hasText: 'Verify tokens of this server' }).click();
    for (const language of ['Node.js', 'Python', 'Go', 'Java', 'C#', 'nginx']) {
      await page.page.getByLabel(language, { exact: true }).check();
      expect(await page.panel('Verify tokens of this server').locator('pre').textContent()).toContain(
        app.site,
      );
    }
  });

  it('has an example of each kind, signed and whole', async () => {
    const page = await open();
    const names = await page.page.locator('.presets button').allTextContents();
    expect(names).toEqual([
      'Access token',
      'ID token',
      'Client assertion',
      'DPoP proof',
      'Logout token',
      'Request object',
      'Apple client secret',
      'Google service account',
    ]);
    for (const name of names) {
      await page.paste('');
      await page.button(name).click();
      await expectStatus(page, /^Signature verified/);
    }
  });

  it('says all of it in the language of the page', async () => {
    const page = await open('/tokens?ui_locales=de');
    await page.paste(ES256.token);
    await page.giveKey(JSON.stringify(ES256.key));
    await expectStatus(page, 'Signatur geprüft und richtig: JWK');
    await expectStatus(page, /^Abgelaufen vor \d+ Jahren$/);
    await page.page.locator('.switch input').nth(1).check();
    await expectText(page, 'wer es ausgestellt hat');
  });

  it('can be used with the keyboard alone', async () => {
    const page = await open();
    const { keyboard } = page.page;
    expect(await page.page.evaluate(() => document.activeElement?.id)).toBe('token');
    await keyboard.insertText(HS256.token);
    await expectStatus(page, /^Expired/);
    const reach = async (name: string) => {
      for (let tabs = 0; tabs < 40; tabs++) {
        await keyboard.press('Tab');
        if ((await page.page.evaluate(() => document.activeElement?.textContent)) === name) return;
      }
      throw new Error(`${name} cannot be reached`);
    };
    await reach('Edit');
    await keyboard.press('Enter');
    await page.page.locator('#draft-payload').waitFor();
    await reach('Back to the pasted token');
    await keyboard.press('Enter');
    expect(await page.token()).toBe(HS256.token);
  });
});
