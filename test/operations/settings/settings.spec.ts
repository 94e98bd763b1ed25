import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvFile } from '../../../src/platform/config/env-file.js';
import { originOf } from '../../../src/platform/config/setting-origins.js';
import { startApp, type TestApp } from '../../support/app.js';
import { expectProblem } from '../../support/problem.js';
import { statementsDuring } from '../../support/statements.js';
import { loadSettings, settingNames } from '../../../src/platform/config/load-settings.js';

const SECRET = 'x0123456789abcdefghijklmnopqrstuvwxyz';
const HIDDEN = {
  ADMIN_PASSWORD: 'the-admin-of-the-tests',
  GATEHOUSE_SECRET_PREVIOUS: SECRET,
  SMTP_URL: 'smtp://postman:knocks-twice@127.0.0.1:1',
};

interface Shown {
  name: string;
  value: unknown;
  source: string;
}

describe('GET /v1/settings', () => {
  let app: TestApp;
  let items: Shown[];
  let text: string;
  const shown = (name: string) => items.find((item) => item.name === name);

  beforeAll(async () => {
    app = await startApp({
      env: {
        ...HIDDEN,
        ACCESS_TOKEN_TTL: '90m',
        REFRESH_REUSE_WINDOW: '0',
        CORS_ORIGINS: 'https://a.example',
      },
    });
    const answer = await (await app.as.holderOf('settings:read')).get('/v1/settings');
    ({ text } = answer);
    ({ items } = answer.body);
  });
  afterAll(() => app.close());

  it('says every setting in its order, what it may be, and no next page', async () => {
    expect(items.map(({ name }) => name)).toEqual(settingNames());
    expect(JSON.parse(text).nextCursor).toBeNull();
    expect(shown('ACCESS_TOKEN_TTL')).toEqual({
      name: 'ACCESS_TOKEN_TTL',
      value: '90m',
      isSecret: false,
      isSet: true,
      source: 'variable',
      file: null,
      allowed: 'a duration from 10s to 1d, such as 30s, 15m, 12h or 30d',
    });
  });

  it('says what is in effect, as it could be written', () => {
    expect(shown('REFRESH_REUSE_WINDOW')).toMatchObject({ value: '0s', source: 'variable' });
    expect(shown('REFRESH_IDLE_TTL')).toMatchObject({ value: '30d', isSet: false, source: 'default' });
    expect(shown('MAX_SESSIONS')).toMatchObject({ value: 50, source: 'default' });
    expect(shown('CORS_ORIGINS')).toMatchObject({ value: ['https://a.example'] });
    expect(shown('REDIS_URL')).toMatchObject({ value: null, isSecret: true, isSet: false });
  });

  it('never says a secret, only that it is set', () => {
    for (const name of ['GATEHOUSE_SECRET', 'DATABASE_URL', ...Object.keys(HIDDEN)])
      expect(shown(name)).toMatchObject({ value: null, isSecret: true, isSet: true });
    const hidden = [...Object.values(HIDDEN), app.settings.GATEHOUSE_SECRET, 'knocks-twice', 'postman'];
    for (const secret of hidden) expect(text).not.toContain(secret);
  });

  it('asks the database nothing, and is closed to others', async () => {
    const admin = await app.as.admin();
    expect(await statementsDuring(app, () => admin.get('/v1/settings'))).toEqual([]);
    expectProblem(await (await app.as.member()).get('/v1/settings'), 403, 'insufficient_scope');
  });
});

describe('where a setting comes from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-settings-'));
  const path = join(folder, '.env');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the variable before the file, and the file before the default', () => {
    writeFileSync(path, 'PORT=4000\nHOST=127.0.0.1\nUNKNOWN=1\n');
    const env: Record<string, string> = { NODE_ENV: 'test', GATEHOUSE_SECRET: SECRET, PORT: '5000' };
    loadEnvFile(env, path);
    const settings = loadSettings(env);
    expect([settings.PORT, settings.HOST]).toEqual([5000, '127.0.0.1']);
    expect(originOf(settings, 'PORT')).toEqual({ source: 'variable', file: null });
    expect(originOf(settings, 'HOST')).toEqual({ source: 'file', file: path });
    expect(originOf(settings, 'LOG_LEVEL')).toEqual({ source: 'default', file: null });
    expect(originOf(loadSettings({ ...env }), 'HOST')).toEqual({ source: 'variable', file: null });
  });
});
