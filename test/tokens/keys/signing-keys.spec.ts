import { getRepositoryToken } from '@nestjs/typeorm';
import { createPrivateKey, randomUUID } from 'node:crypto';
import type { Repository } from 'typeorm';
import { describe, expect, it, vi } from 'vitest';
import { derivedKey } from '../../../src/platform/config/derived-key.js';
import { unseal } from '../../../src/tokens/keys/sealed.js';
import { SigningKey } from '../../../src/tokens/keys/signing-key.entity.js';
import { thumbprint } from '../../../src/tokens/keys/thumbprint.js';
import type { TestApp } from '../../support/app.js';
import { clock, DAY, MINUTE, SECOND } from '../../support/clock.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, works } from '../../support/sessions.js';
import {
  decoded,
  encoded,
  jwksOf,
  useKeyring,
  lookAgain,
  type ShownKey,
  type StoredKey,
} from '../../support/signing-keys.js';

const LIFETIME = 15 * MINUTE;
/** How long other nodes may go on signing with a key that was retired. */
const GRACE = 5 * MINUTE;

describe('signing keys', () => {
  let app: TestApp;

  const { keys, kidOf, rotate, stages, stored } = useKeyring((own) => (app = own));

  describe('on the first start', () => {
    it('are one next and one current, both in the JWKS', async () => {
      const shown = await keys();
      expect(shown.map(({ stage }) => stage)).toEqual(['next', 'current']);
      expect(shown.map(({ alg }) => alg)).toEqual(['ES256', 'ES256']);
      expect((await jwksOf(app)).map(({ kid }) => kid).toSorted()).toEqual(
        shown.map(({ kid }) => kid).toSorted(),
      );
    });

    it('are published with their public members only, each under its thumbprint', async () => {
      const { status, headers, body } = await app.as.anonymous().get('/.well-known/jwks.json');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/jwk-set+json; charset=utf-8');
      expect(headers.get('cache-control')).toBe('public, max-age=60');
      expect(Object.keys(body)).toEqual(['keys']);
      for (const key of body.keys) {
        expect(Object.keys(key).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
        expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' });
        expect(key.kid).toBe(thumbprint(key));
      }
    });

    it('are listed with their times and nothing else', async () => {
      const [next, current] = await keys();
      const members = ['activatedAt', 'alg', 'createdAt', 'expiresAt', 'kid', 'neededUntil', 'stage'];
      expect(Object.keys(next!).toSorted()).toEqual(members);
      expect(Object.keys(current!).toSorted()).toEqual(members);
      expect(next).toMatchObject({ activatedAt: null, expiresAt: null });
      expect(current).toMatchObject({ activatedAt: new Date().toISOString(), expiresAt: null });
    });

    it('sign with the current one', async () => {
      const member = await app.as.member();
      expect(decoded(member.tokens.access_token).header).toEqual({
        typ: 'at+jwt',
        alg: 'ES256',
        kid: await kidOf('current'),
      });
    });
  });

  describe('rotated by hand', () => {
    it('are at once for the first time, as the first two keys were published together', async () => {
      const [next, current] = await keys();
      expect(next!.createdAt).toBe(current!.createdAt);
      const { status, body } = await rotate();
      expect(status).toBe(200);
      expect(body.items[1].kid).toBe(next!.kid);
    });

    it('are not within a minute of the last time', async () => {
      clock.forward(SECOND);
      await rotate();
      const before = await keys();
      clock.forward(MINUTE - SECOND);
      await expectOnly(app, [], async () => {
        expectProblem(await rotate(), 409, 'rotation_too_soon');
        expectProblem(await rotate({}), 409, 'rotation_too_soon');
        expectProblem(await rotate({ force: false }), 409, 'rotation_too_soon');
      });
      expect(await keys()).toEqual(before);
      expect(await auditOf(app, before[0]!.kid)).toEqual([]);
    });

    it.each(['next', 'current'] as const)(
      'are not within a minute of the end of the %s one',
      async (stage) => {
        clock.forward(SECOND);
        expect((await (await app.as.admin()).delete(`/v1/keys/${await kidOf(stage)}`)).status).toBe(204);
        app.as.forgetAdmin();
        expectProblem(await rotate(), 409, 'rotation_too_soon');
        clock.forward(MINUTE);
        expect((await rotate()).status).toBe(200);
      },
    );

    it('are at once when forced', async () => {
      clock.forward(SECOND);
      const [next, current] = await keys();
      const { status, body } = await expectOnly(app, ['signing_key.rotated'], () => rotate({ force: true }));
      expect(status).toBe(200);
      expect(body.items.map(({ stage }: ShownKey) => stage)).toEqual(['next', 'current', 'previous']);
      expect(body.items[1].kid).toBe(next!.kid);
      expect(body.items[2].kid).toBe(current!.kid);
      expect(await keys()).toEqual(body.items);
      expectProblem(await rotate(), 409, 'rotation_too_soon');
      expect((await rotate({ force: true })).status).toBe(200);
    });

    it('are a minute later', async () => {
      const next = await kidOf('next');
      clock.forward(MINUTE);
      expect((await rotate()).status).toBe(200);
      expect(await kidOf('current')).toBe(next);
    });

    it('refuse what is no yes or no', async () => {
      const before = await keys();
      for (const force of ['true', 1, null, [true]])
        expectProblem(await rotate({ force }), 400, 'validation_failed');
      expectProblem(await rotate({ forced: true }), 400, 'validation_failed');
      expect(await keys()).toEqual(before);
    });

    it('sign with a key that was published before its first use', async () => {
      const early = await app.as.member();
      const published = (await jwksOf(app)).map(({ kid }) => kid);
      const next = await kidOf('next');
      await rotate({ force: true });
      const late = await app.as.member();

      expect(decoded(early.tokens.access_token).header['kid']).not.toBe(next);
      expect(decoded(late.tokens.access_token).header['kid']).toBe(next);
      expect(published).toContain(next);
    });

    it('let old tokens live until they expire, and no longer', async () => {
      const member = await app.as.member();
      const { access_token: token } = member.tokens;
      await rotate({ force: true });
      await rotate({ force: true });
      clock.forward(LIFETIME - SECOND);
      expect(await works(app, token)).toBe(true);
      clock.forward(SECOND);
      expect(await works(app, token)).toBe(false);
    });

    it('leave the JWKS once their last token has expired', async () => {
      const old = await kidOf('current');
      await rotate({ force: true });
      const { access_token: control } = (await app.as.member()).tokens;
      const isPublished = async () => (await jwksOf(app)).some(({ kid }) => kid === old);

      clock.forward(LIFETIME - SECOND);
      await lookAgain(app);
      expect(await isPublished()).toBe(true);
      expect(await works(app, control)).toBe(true);

      clock.forward(GRACE + 2 * SECOND);
      await lookAgain(app);
      expect(await isPublished()).toBe(false);
      expect((await stored()).map(({ kid }) => kid)).not.toContain(old);
      expect((await stored()).map(({ stage }) => stage).toSorted()).toEqual(['current', 'next']);
    });

    it('make one new key when 20 ask at once, and answer the others that it is too soon', async () => {
      const [next, current] = await keys();
      clock.forward(MINUTE);
      const answers = await Promise.all(Array.from({ length: 20 }, () => rotate({ force: false })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(409)]);
      for (const answer of answers.filter(({ status }) => status === 409))
        expectProblem(answer, 409, 'rotation_too_soon');
      const after = await keys();
      expect(after.map(({ stage }) => stage)).toEqual(['next', 'current', 'previous']);
      expect(after[1]!.kid).toBe(next!.kid);
      expect(after[2]!.kid).toBe(current!.kid);
      expect(await auditOf(app, next!.kid)).toEqual(['signing_key.made', 'signing_key.rotated']);
    });

    it('keep one next and one current, and every live token, no matter what is forced at once', async () => {
      const members = [await app.as.member()];
      for (let round = 0; round < 3; round++) {
        const answers = await Promise.all(Array.from({ length: 8 }, () => rotate({ force: true })));
        expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
        members.push(await app.as.member());
      }
      expect((await stages()).filter((stage) => stage !== 'previous')).toEqual(['next', 'current']);
      for (const { tokens } of members) expect(await works(app, tokens.access_token)).toBe(true);
    });
  });

  describe('that rotate by themselves', () => {
    it('do so after SIGNING_KEY_ROTATION and not before', async () => {
      const [next, current] = await keys();
      clock.forward(30 * DAY - SECOND);
      await lookAgain(app);
      expect((await stored()).map(({ kid }) => kid).toSorted()).toEqual([next!.kid, current!.kid].toSorted());

      clock.forward(SECOND);
      await lookAgain(app);
      const rows = await stored();
      const at = (stage: string) => rows.filter((row) => row.stage === stage).map(({ kid }) => kid);
      expect(at('current')).toEqual([next!.kid]);
      expect(at('previous')).toEqual([current!.kid]);
      expect(at('next')).toHaveLength(1);
      expect(await auditOf(app, next!.kid)).toEqual(['signing_key.made', 'signing_key.rotated']);

      await lookAgain(app);
      expect(await stored()).toEqual(rows);
    });

    it('go on as long as the server runs, with two or three keys at any time', async () => {
      for (let month = 0; month < 4; month++) {
        clock.forward(30 * DAY);
        await lookAgain(app);
        expect((await stored()).map(({ stage }) => stage).toSorted()).toEqual([
          'current',
          'next',
          'previous',
        ]);
        const { tokens } = await app.as.member();
        expect(await works(app, tokens.access_token)).toBe(true);
      }
    });
  });

  describe('in the audit trail', () => {
    it('are named with who rotated and deleted them, and hold no key material', async () => {
      const admin = await app.as.admin();
      const [next, current] = await keys();
      const secrets = (await stored()).flatMap((key) => materialOf(app, key));
      await rotate({ force: true });
      await admin.delete(`/v1/keys/${current!.kid}`);

      const { body } = await (await admin.refreshed()).get('/v1/audit-events?limit=100');
      const events = body.items.filter(({ action }: { action: string }) => action.startsWith('signing_key.'));
      expect(events).toMatchObject([
        { action: 'signing_key.made', actor: { kind: 'system' } },
        { action: 'signing_key.made', actor: { kind: 'system' } },
        {
          action: 'signing_key.rotated',
          actor: { kind: 'user', id: admin.id },
          target: { kind: 'signing_key', id: next!.kid },
          detail: { from: current!.kid },
        },
        {
          action: 'signing_key.deleted',
          actor: { kind: 'user', id: admin.id },
          target: { kind: 'signing_key', id: current!.kid },
          detail: { stage: 'previous' },
        },
      ]);
      for (const secret of secrets) expect(JSON.stringify(body)).not.toContain(secret);
    });
  });

  it('show nothing private anywhere, and are sealed in the database', async () => {
    await rotate({ force: true });
    const rows = await stored();
    const secrets = rows.flatMap((key) => materialOf(app, key));
    expect(secrets.length).toBeGreaterThanOrEqual(9);

    const jwks = (await app.as.anonymous().get('/.well-known/jwks.json')).text;
    const list = (await (await app.as.admin()).get('/v1/keys')).text;
    const metadata = (await app.as.anonymous().get('/.well-known/oauth-authorization-server')).text;
    const log = app.log.join('');
    expect(log).not.toBe('');
    for (const secret of secrets) {
      for (const text of [jwks, list, metadata, log]) expect(text).not.toContain(secret);
    }
    for (const row of rows) {
      for (const text of [jwks, list, metadata, log]) expect(text).not.toContain(row.sealed_private_key);
      // In the clear it would begin as every PKCS #8 of its kind.
      expect(Buffer.from(row.sealed_private_key, 'base64url').toString('latin1')).not.toContain(
        '\x06\x07*\x86H',
      );
    }
    for (const key of JSON.parse(jwks).keys) {
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member);
    }
  });

  it('that is unknown make the server look once, and not once for each', async () => {
    const member = await app.as.member();
    const { header, claims } = decoded(member.tokens.access_token);
    const unknown = () =>
      [{ ...header, kid: randomUUID() }, claims, {}].map((part) => encoded(JSON.stringify(part))).join('.');
    const look = vi.spyOn(app.nest.get<Repository<SigningKey>>(getRepositoryToken(SigningKey)), 'find');
    const answers = await Promise.all(Array.from({ length: 50 }, () => works(app, unknown())));
    expect(answers).toEqual(answers.map(() => false));
    expect(look).toHaveBeenCalledTimes(1);
    expect(await works(app, member.tokens.access_token)).toBe(true);
    expect(look).toHaveBeenCalledTimes(1);
  });

  describe('may be', () => {
    it('read with keys:read and changed with keys:write, and not the other way round', async () => {
      const before = await keys();
      const [next] = before;
      const reader = await app.as.holderOf('keys:read');
      const writer = await app.as.holderOf('keys:write');
      const member = await app.as.member();
      const anonymous = app.as.anonymous();

      for (const client of [member, writer]) {
        const answer = await client.get('/v1/keys');
        expectProblem(answer, 403, 'insufficient_scope');
        expect(answer.headers.get('www-authenticate')).toContain('scope="keys:read"');
      }
      for (const client of [member, reader]) {
        expectProblem(await client.post('/v1/keys/rotate', { force: true }), 403, 'insufficient_scope');
        expectProblem(await client.delete(`/v1/keys/${next!.kid}`), 403, 'insufficient_scope');
        expectProblem(await client.delete('/v1/keys/no-such-key'), 403, 'insufficient_scope');
      }
      expectProblem(await anonymous.get('/v1/keys'), 401, 'unauthenticated');
      expectProblem(await anonymous.post('/v1/keys/rotate', { force: true }), 401, 'unauthenticated');
      expectProblem(await anonymous.delete(`/v1/keys/${next!.kid}`), 401, 'unauthenticated');
      expect(await keys()).toEqual(before);

      expect((await reader.get('/v1/keys')).body.items).toEqual(before);
      expect((await writer.post('/v1/keys/rotate', { force: true })).status).toBe(200);
      expect((await writer.delete(`/v1/keys/${await kidOf('next')}`)).status).toBe(204);
    });
  });
});

/** The private key of a row in every spelling in which it might slip out. */
function materialOf(app: TestApp, { kid, sealed_private_key }: StoredKey): string[] {
  const pkcs8 = unseal(sealed_private_key, derivedKey(app.settings.GATEHOUSE_SECRET, 'signing-keys'), kid);
  const { d } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  const raw = Buffer.from(d!, 'base64url');
  return [d!, raw.toString('hex'), raw.toString('base64').replaceAll('=', ''), pkcs8.toString('base64')];
}
