import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnexpectedCount } from '../../../src/platform/database/database.service.js';
import { RevocationsService } from '../../../src/tokens/revocation/revocations.service.js';
import { startApp, type TestApp } from '../../support/app.js';

describe('a change of rights', () => {
  let app: TestApp;
  let revocations: RevocationsService;

  beforeAll(async () => {
    app = await startApp();
    revocations = app.nest.get(RevocationsService);
  });
  afterAll(() => app.close());

  it('is undone when any caller’s rights have changed since it was decided on', async () => {
    const member = await app.as.member();
    const seen = await revocations.version();
    await app.database.atomically([revocations.raiseVersion()]);
    const late = app.database.atomically([revocations.raiseVersion(seen), revocations.ofUser(member.id)]);
    await expect(late).rejects.toBeInstanceOf(UnexpectedCount);
    expect(await revocations.version()).toBe(seen + 1);
    expect((await member.get('/v1/auth/whoami')).status).toBe(200);
  });

  it('is decided on again then, and holds: parallel assignments all succeed, one after the other', async () => {
    const admin = await app.as.admin();
    const members = await Promise.all(Array.from({ length: 5 }, () => app.as.member()));
    const answers = await Promise.all(
      members.map(({ id }) => admin.put(`/v1/users/${id}/roles`, { roles: ['admin', 'user'] })),
    );
    expect(answers.map(({ status }) => status)).toEqual(members.map(() => 200));
    for (const member of members) expect((await member.get('/v1/auth/whoami')).status).toBe(401);
  });
});
