import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { isPostgres } from '../support/database.js';
import { NDJSON, parsedLines } from '../support/lines.js';
import { readPage } from '../support/pages.js';
import { snippetsOf } from '../support/snippets.js';

const page = readPage('docs/migrating.md');
const blocks = snippetsOf(page);
const blockOf = (language: string) => blocks.find((each) => each.language === language)!.text;
/** What Django stores of `django-password`. */
const DJANGO = 'pbkdf2_sha256$1000$saltysalt$DMM9IlsoJ48ABhrxul50w3MZLX7/AIRyCntcCu5IPiw=';

describe('the page about migrating', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('has lines that are taken', async () => {
    const admin = await app.as.admin();
    const users = await admin.post('/v1/users/import', blockOf('ndjson'), NDJSON);
    expect(users.body).toMatchObject({ created: 3, failed: 0, errors: [] });
    await app.as.logIn('eve@example.com', 'password');
    const resources = await admin.post('/v1/resources/import', blockOf('json'), NDJSON);
    expect(resources.body).toMatchObject({ created: 1, failed: 0, errors: [] });
  });

  it('names every field of a line', async () => {
    const [line] = parsedLines(await (await app.as.admin()).get('/v1/users/export'));
    for (const field of Object.keys(line!)) expect(page.text).toContain(`\`${field}\``);
  });

  it.runIf(isPostgres)('has a statement that takes people out of Django', async () => {
    const { database } = app;
    await database.query('CREATE TABLE auth_user (email text, is_active boolean, password text)');
    await database.query('INSERT INTO auth_user VALUES (:email, TRUE, :password)', {
      email: 'django@example.com',
      password: DJANGO,
    });
    const [row] = await database.query<{ json_build_object: object }>(blockOf('sql'));
    const line = JSON.stringify(row!.json_build_object);
    const answer = await (await app.as.admin()).post('/v1/users/import', line, NDJSON);
    expect(answer.body).toMatchObject({ created: 1, failed: 0 });
    await app.as.logIn('django@example.com', 'django-password');
  });
});
