import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';

describe('sessions that are shorter than access tokens', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp({ env: { ACCESS_TOKEN_TTL: '1h', REFRESH_IDLE_TTL: '1m' } });
  });
  afterAll(() => app.close());

  it('take their access tokens with them, so that none is left that nothing can revoke', async () => {
    const member = await app.as.member();
    const { body } = await member.get('/v1/auth/whoami');
    expect(new Date(body.expiresAt).getTime()).toBeLessThanOrEqual(Date.now() + 60_000);
    const { tokens } = await member.refreshed();
    expect((tokens as { expires_in?: number }).expires_in).toBeLessThanOrEqual(60);
  });
});
