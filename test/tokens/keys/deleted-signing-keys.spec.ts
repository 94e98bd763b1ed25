import { describe, expect, it } from 'vitest';
import { SYSTEM } from '../../../src/platform/access/actor.js';
import { SigningKeysService } from '../../../src/tokens/keys/signing-keys.service.js';
import type { TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import { expectProblem } from '../../support/problem.js';
import { auditOf, refresh, works } from '../../support/sessions.js';
import { decoded, jwksOf, useKeyring, lookAgain, type ShownKey } from '../../support/signing-keys.js';
import { KeyRotationService } from '../../../src/tokens/keys/key-rotation.service.js';

describe('signing keys that are', () => {
  let app: TestApp;

  const { keys, kidOf, rotate, stages, stored } = useKeyring((own) => (app = own));

  describe('deleted', () => {
    it('take their tokens with them at once, those in memory too, and the next is promoted', async () => {
      const admin = await app.as.admin();
      const member = await app.as.member();
      const { access_token: token } = member.tokens;
      // Twice, so that it is answered from memory.
      expect(await works(app, token)).toBe(true);
      expect(await works(app, token)).toBe(true);
      const [next, current] = await keys();

      const { status, text } = await admin.delete(`/v1/keys/${current!.kid}`);
      expect({ status, text }).toEqual({ status: 204, text: '' });

      expectProblem(await member.get('/v1/auth/whoami'), 401, 'invalid_token');
      // The caller's own was signed with it.
      expectProblem(await admin.get('/v1/keys'), 401, 'invalid_token');
      expect((await jwksOf(app)).map(({ kid }) => kid)).not.toContain(current!.kid);

      const renewed = await refresh(app, member.tokens.refresh_token);
      expect(renewed.status).toBe(200);
      expect(decoded(renewed.body.access_token).header['kid']).toBe(next!.kid);
      expect(await works(app, renewed.body.access_token)).toBe(true);

      const { body } = await (await admin.refreshed()).get('/v1/keys');
      expect(body.items.map(({ stage }: ShownKey) => stage)).toEqual(['next', 'current']);
      expect(body.items[1].kid).toBe(next!.kid);
      expect(body.items[0].kid).not.toBe(current!.kid);
      expect(await stored()).toHaveLength(2);
    });

    it('take their tokens with them also after the list was read again', async () => {
      const { access_token: token } = (await app.as.member()).tokens;
      expect(await works(app, token)).toBe(true);
      await (await app.as.admin()).delete(`/v1/keys/${await kidOf('current')}`);
      await lookAgain(app);
      expect(await works(app, token)).toBe(false);
    });

    it('are replaced when they are next; no token suffers', async () => {
      const admin = await app.as.admin();
      const { access_token: token } = (await app.as.member()).tokens;
      const [next, current] = await keys();
      expect((await admin.delete(`/v1/keys/${next!.kid}`)).status).toBe(204);
      const [newNext, sameCurrent, ...others] = await keys();
      expect(others).toEqual([]);
      expect(sameCurrent).toEqual(current);
      expect(newNext!.stage).toBe('next');
      expect(newNext!.kid).not.toBe(next!.kid);
      expect(await works(app, token)).toBe(true);
    });

    it('are gone when they are previous; only their tokens die', async () => {
      const old = await app.as.member();
      const previous = await kidOf('current');
      await rotate({ force: true });
      const admin = await app.as.logIn('admin@localhost', 'the-admin-of-the-tests');
      const young = await app.as.member();
      expect(await works(app, old.tokens.access_token)).toBe(true);

      expect((await admin.delete(`/v1/keys/${previous}`)).status).toBe(204);
      expect(await works(app, old.tokens.access_token)).toBe(false);
      expect(await works(app, young.tokens.access_token)).toBe(true);
      const { body } = await admin.get('/v1/keys');
      expect(body.items.map(({ stage }: ShownKey) => stage)).toEqual(['next', 'current']);
    });

    it.each([
      'no-such-key',
      'HLtLZ5siaygxZ6PpPSFDchXI7PoEWmpJA7-hAO3PZtQ',
      '__proto__',
      'constructor',
      "' OR '1'='1",
      '%25',
      '..%2f..%2fetc',
    ])('answer 404 to the kid %j', async (kid) => {
      const before = await keys();
      const path = `/v1/keys/${kid.includes('%') ? kid : encodeURIComponent(kid)}`;
      const admin = await app.as.admin();
      expectProblem(await expectOnly(app, [], () => admin.delete(path)), 404, 'not_found');
      expect(await keys()).toEqual(before);
    });

    it('are deleted once when several delete the same at once', async () => {
      const admin = await app.as.admin();
      const next = await kidOf('next');
      const answers = await Promise.all(Array.from({ length: 6 }, () => admin.delete(`/v1/keys/${next}`)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 404, 404, 404, 404, 404]);
      expect(await stages()).toEqual(['next', 'current']);
      expect((await auditOf(app, next)).filter((action) => action === 'signing_key.deleted')).toHaveLength(1);
    });

    it('are deleted even when a rotation moves them at the same time', async () => {
      const service = app.nest.get(SigningKeysService);
      const { kid } = service.current;
      const rotation = app.nest.get(KeyRotationService);
      await Promise.all([rotation.rotate(SYSTEM, { force: true }), rotation.remove(kid, SYSTEM)]);
      expect(service.list().map((key) => key.kid)).not.toContain(kid);
      expect((await stored()).map((key) => key.kid)).not.toContain(kid);
      const live = (await stored()).filter(({ stage }) => stage !== 'previous');
      expect(live.map(({ stage }) => stage).toSorted()).toEqual(['current', 'next']);
      expect(service.current.kid).toBe(live.find(({ stage }) => stage === 'current')!.kid);
    });
  });
});
