import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { expectOnly } from '../../support/expect-only.js';
import { auditOf, refresh, rowOf, works } from '../../support/sessions.js';

describe('with REFRESH_REUSE_WINDOW=0', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { REFRESH_REUSE_WINDOW: '0' } });
  });
  afterAll(() => app.close());

  it('rotates a token that is used once', async () => {
    let { refresh_token: token } = (await app.as.member()).tokens;
    for (let times = 0; times < 3; times++) {
      const { status, body } = await refresh(app, token);
      expect(status).toBe(200);
      token = body.refresh_token;
    }
    expect(await rowOf(app, token)).toMatchObject({ generation: 3, rotations: '[]', revoked_at: null });
  });

  it('ends the session at once when a token comes back', async () => {
    const member = await app.as.member();
    const elsewhere = await app.as.logIn(member.email);
    const { body: next } = await refresh(app, member.tokens.refresh_token);

    const replayed = await expectOnly(app, ['session.refresh_reused'], () =>
      refresh(app, member.tokens.refresh_token),
    );
    expect({ status: replayed.status, code: replayed.body.code }).toEqual({
      status: 401,
      code: 'refresh_token_reused',
    });
    const row = await rowOf(app, next.refresh_token);
    expect(row.revoked_at).not.toBeNull();
    expect(await auditOf(app, row.id)).toEqual(['session.refresh_reused']);
    expect(await works(app, next.access_token)).toBe(false);
    expect((await refresh(app, next.refresh_token)).body.code).toBe('invalid_refresh_token');
    expect(await works(app, elsewhere.tokens.access_token)).toBe(true);
    expect((await refresh(app, elsewhere.tokens.refresh_token)).status).toBe(200);
  });

  it('takes two uses at the same time for theft', async () => {
    const { tokens } = await app.as.member();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(app, tokens.refresh_token)));
    const minted = answers.filter(({ status }) => status === 200);
    expect(minted.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status !== 200 && status !== 401)).toEqual([]);

    const row = await rowOf(app, tokens.refresh_token);
    expect(row).toMatchObject({ generation: 1 });
    expect(row.revoked_at).not.toBeNull();
    for (const { body } of minted) {
      expect(await works(app, body.access_token)).toBe(false);
      expect((await refresh(app, body.refresh_token)).status).toBe(401);
    }
  });
});
