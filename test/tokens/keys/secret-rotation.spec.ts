import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { derivedKey } from '../../../src/platform/config/derived-key.js';
import { StartupError } from '../../../src/platform/config/startup.error.js';
import { unseal } from '../../../src/tokens/keys/sealed.js';
import { startApp, type TestApp } from '../../support/app.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { answer, challenge, codeOf, protect } from '../../support/factors.js';
import { refresh, rowOf, works } from '../../support/sessions.js';
import { jwksOf } from '../../support/signing-keys.js';
import { loadSettings } from '../../../src/platform/config/load-settings.js';

const OLD = 'the-old-secret-of-the-tests-0123456789-abcdef';
const NEW = 'a-newer-secret-for-the-tests-9876543210-fedcba';
const WRONG = 'somebody-elses-secret-in-the-tests-1357924680';
const TABLES = ['signing_keys', 'sessions', 'users', 'revocations', 'audit_events', 'authority_version'];

interface SealedKey {
  kid: string;
  sealed_private_key: string;
}

async function everything(server: TestApp): Promise<unknown> {
  const rows = await Promise.all(TABLES.map((table) => server.database.query(`SELECT * FROM ${table}`)));
  return rows.map((each) => each.map((row) => JSON.stringify(row)).toSorted());
}

function problemsWith(env: Record<string, string>): string[] {
  try {
    loadSettings({ NODE_ENV: 'test', ...env });
    return [];
  } catch (error) {
    if (error instanceof StartupError) return error.lines;
    throw error;
  }
}

describe('GATEHOUSE_SECRET', () => {
  let database: TestDatabase;
  let app: TestApp | undefined;

  beforeEach(async () => {
    database = await makeDatabase({ isShared: true });
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    await database.drop();
  });

  /** Stops the server and starts it again with these secrets. */
  async function restart(secret: string, previous = ''): Promise<TestApp> {
    await app?.close();
    app = undefined;
    app = await startApp({
      env: { DATABASE_URL: database.url, GATEHOUSE_SECRET: secret, GATEHOUSE_SECRET_PREVIOUS: previous },
    });
    return app;
  }

  function sealedKeys(): Promise<SealedKey[]> {
    return app!.database.query<SealedKey>('SELECT kid, sealed_private_key FROM signing_keys ORDER BY kid');
  }

  it('opens the keys again after a restart', async () => {
    const member = await (await restart(OLD)).as.member();
    const before = await sealedKeys();
    await restart(OLD);
    expect(await sealedKeys()).toEqual(before);
    expect(await works(app!, member.tokens.access_token)).toBe(true);
    expect((await refresh(app!, member.tokens.refresh_token)).status).toBe(200);
  });

  it('is rotated with GATEHOUSE_SECRET_PREVIOUS, and no user is signed out', async () => {
    const first = await (await restart(OLD)).as.member();
    const second = await app!.as.member('second@example.com');
    const published = await jwksOf(app!);
    const before = await sealedKeys();

    await restart(NEW, OLD);
    const after = await sealedKeys();
    expect(after.map(({ kid }) => kid)).toEqual(before.map(({ kid }) => kid));
    expect(await jwksOf(app!)).toEqual(published);
    for (const { kid, sealed_private_key } of after) {
      expect(unseal(sealed_private_key, derivedKey(NEW, 'signing-keys'), kid).length).toBeGreaterThan(0);
      expect(() => unseal(sealed_private_key, derivedKey(OLD, 'signing-keys'), kid)).toThrow(Error);
    }
    expect(await works(app!, first.tokens.access_token)).toBe(true);
    const renewed = await refresh(app!, first.tokens.refresh_token);
    expect(renewed.status).toBe(200);
    expect(await works(app!, renewed.body.access_token)).toBe(true);

    await restart(NEW);
    expect(await sealedKeys()).toEqual(after);
    expect(await works(app!, first.tokens.access_token)).toBe(true);
    expect(await works(app!, renewed.body.access_token)).toBe(true);
    const again = await refresh(app!, renewed.body.refresh_token);
    expect(again.status).toBe(200);
    expect(await works(app!, again.body.access_token)).toBe(true);

    // The user who was not seen in between signs in again; the session is not harmed.
    const { status, body } = await refresh(app!, second.tokens.refresh_token);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'invalid_refresh_token' });
    expect(await rowOf(app!, second.tokens.refresh_token)).toMatchObject({ generation: 0, revoked_at: null });
  });

  it('seals the secrets of second factors again, and they go on working', async () => {
    const person = await protect(await (await restart(OLD)).as.member());
    const sealed = async () => {
      const rows = await app!.database.query<{ sealed_secret: string }>(
        'SELECT sealed_secret FROM totp_factors',
      );
      return rows[0]!.sealed_secret;
    };
    const before = await sealed();
    await restart(NEW, OLD);
    const after = await sealed();
    expect(after).not.toBe(before);
    expect(unseal(after, derivedKey(NEW, 'totp-secrets'), person.person.id)).toHaveLength(20);
    expect(() => unseal(after, derivedKey(NEW, 'totp-secrets'), 'somebody else')).toThrow(Error);
    await restart(NEW);
    expect((await answer(app!, await challenge(app!, person), codeOf(person.secret))).status).toBe(200);
  });

  it('answers a token rotated under the old one within the window with one under the new', async () => {
    const member = await (await restart(OLD)).as.member();
    const rotated = await refresh(app!, member.tokens.refresh_token);
    await restart(NEW, OLD);
    const retried = await refresh(app!, member.tokens.refresh_token);
    expect(retried.status).toBe(200);
    expect(retried.body.refresh_token).not.toBe(rotated.body.refresh_token);
    for (const token of [rotated.body.refresh_token, retried.body.refresh_token])
      expect((await refresh(app!, token)).status).toBe(200);
  });

  it('may be set next to its predecessor for as long as one likes', async () => {
    const member = await (await restart(OLD)).as.member();
    await restart(NEW, OLD);
    const after = await sealedKeys();
    await restart(NEW, OLD);
    expect(await sealedKeys()).toEqual(after);
    expect(await works(app!, member.tokens.access_token)).toBe(true);
    expect((await refresh(app!, member.tokens.refresh_token)).status).toBe(200);
  });

  it.each([
    ['a wrong secret', WRONG, ''],
    ['a wrong secret beside a wrong predecessor', WRONG, NEW],
  ])('stops the start with one line when it is %s, and changes nothing', async (_, secret, previous) => {
    const member = await (await restart(OLD)).as.member();
    // Another node goes on; what it reads is what is in the database.
    const before = await everything(app!);

    const env = {
      DATABASE_URL: database.url,
      GATEHOUSE_SECRET: secret,
      GATEHOUSE_SECRET_PREVIOUS: previous,
      SIGNING_ALG: 'ES384',
    };
    const error = await startApp({ env }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StartupError);
    const { lines } = error as StartupError;
    expect(lines).toEqual([
      expect.stringMatching(/^GATEHOUSE_SECRET .*signing keys.*GATEHOUSE_SECRET_PREVIOUS/),
    ]);
    expect(lines[0]).not.toMatch(/\n/);
    for (const text of [secret, previous, OLD].filter(Boolean)) expect(lines[0]).not.toContain(text);
    expect(await everything(app!)).toEqual(before);

    // The right one still opens everything.
    await restart(OLD);
    expect(await works(app!, member.tokens.access_token)).toBe(true);
    expect((await refresh(app!, member.tokens.refresh_token)).status).toBe(200);
  });

  it('stops the start when only one of the keys is sealed under another, and re-seals none', async () => {
    await restart(OLD);
    const [one] = await sealedKeys();
    await app!.database.run({
      sql: 'UPDATE signing_keys SET sealed_private_key = :broken WHERE kid = :kid',
      params: { kid: one!.kid, broken: one!.sealed_private_key.replace(/^..../, 'AAAA') },
    });
    const before = await everything(app!);
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET: NEW, GATEHOUSE_SECRET_PREVIOUS: OLD };
    await expect(startApp({ env })).rejects.toBeInstanceOf(StartupError);
    expect(await everything(app!)).toEqual(before);
  });

  it('is never logged', async () => {
    await restart(OLD);
    await restart(NEW, OLD);
    const log = app!.log.join('');
    expect(log).not.toBe('');
    for (const secret of [OLD, NEW]) {
      const derived = derivedKey(secret, 'signing-keys');
      for (const text of [secret, derived.toString('hex'), derived.toString('base64url')])
        expect(log).not.toContain(text);
    }
  });
});

describe('a secret that is too weak', () => {
  const WEAK = {
    'is 31 bytes long': 'abcdefghijklmnopqrstuvwxyz01234',
    'is one character': 'a'.repeat(64),
    'has nine different characters': 'abcdefghi'.repeat(8),
    'is a word over and over': 'changeme'.repeat(8),
  };
  const STRONG = {
    'is 32 bytes long': 'abcdefghijklmnopqrstuvwxyz012345',
    'has ten different characters': 'abcdefghij'.repeat(4),
    'is 32 bytes in fewer characters': 'äöüßéèêëñçabc0123456789',
  };
  let folder: string;
  let home: string;

  // Without a secret the settings make one in a file below the working directory.
  beforeEach(() => {
    home = process.cwd();
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-secret-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.entries(WEAK))('is refused when it %s', (_, secret) => {
    for (const name of ['GATEHOUSE_SECRET', 'GATEHOUSE_SECRET_PREVIOUS']) {
      const lines = problemsWith({ GATEHOUSE_SECRET: OLD, [name]: secret });
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`^${name} is not valid; it must be at least 32`)),
      ]);
      expect(lines.join('\n')).not.toContain(secret);
    }
  });

  it.each(Object.entries(STRONG))('is not one that %s', (_, secret) => {
    expect(problemsWith({ GATEHOUSE_SECRET: secret, GATEHOUSE_SECRET_PREVIOUS: secret })).toEqual([]);
  });

  it('is refused in every environment', () => {
    const weak = WEAK['is one character'];
    for (const NODE_ENV of ['development', 'test', 'production'])
      expect(problemsWith({ NODE_ENV, GATEHOUSE_SECRET: weak })).toHaveLength(1);
  });
});
