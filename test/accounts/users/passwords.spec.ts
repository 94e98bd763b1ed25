import { hash as bcrypt } from '@node-rs/bcrypt';
import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';

const SALT = Buffer.from('0123456789abcdef');
let unique = 0;
const newEmail = () => `passwords-${++unique}@example.com`;

/** A range service of the spec's own. */
interface RangeService {
  server: Server;
  url: string;
  asked: IncomingMessage[];
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

async function startRangeService(): Promise<RangeService> {
  const service: RangeService = {
    server: createServer((request, response) => {
      service.asked.push(request);
      service.answer(request, response);
    }),
    url: '',
    asked: [],
    answer: (_, response) => void response.end(),
  };
  service.server.listen(0, '127.0.0.1');
  await once(service.server, 'listening');
  service.url = `http://127.0.0.1:${(service.server.address() as AddressInfo).port}/range/`;
  return service;
}

const sha1 = (password: string) => createHash('sha1').update(password).digest('hex').toUpperCase();

describe('passwords', () => {
  let app: TestApp;
  let service: RangeService;

  beforeAll(async () => {
    service = await startRangeService();
    app = await startApp({ env: { BREACH_RANGE_URL: service.url } });
  });
  afterAll(async () => {
    await app.close();
    service.server.closeAllConnections();
    service.server.close();
  });

  const signUp = (password: string, more: object = {}) =>
    app.as.anonymous().post('/v1/auth/signup', { email: newEmail(), password, ...more });
  const logIn = async (email: string, password: string) =>
    (await app.as.anonymous().post('/v1/auth/login', { email, password })).status;
  const hashOf = async (email: string) => {
    const sql = 'SELECT password_hash FROM users WHERE email = :email';
    return (await app.database.query<{ password_hash: string }>(sql, { email }))[0]!.password_hash;
  };
  /** An account as an import would have made it. */
  const withHash = async (hash: string) => {
    const { email } = await app.as.member(newEmail());
    await app.database.query('UPDATE users SET password_hash = :hash WHERE email = :email', { email, hash });
    return email;
  };
  const checks = async (outcome: string) => {
    const { text } = await (await app.as.admin()).get('/metrics');
    return Number(
      new RegExp(`gatehouse_breach_checks_total{outcome="${outcome}"} (\\d+)`).exec(text)?.[1] ?? 0,
    );
  };

  describe('that are made of what is known of a user', () => {
    it('are refused at sign-up, at a change and when an admin sets them', async () => {
      const name = 'Ada Lovelace';
      for (const password of ['Lovelace1815', 'ada lovelace!', 'Gatehouse2026', 'GATEHOUSE']) {
        const { status, body } = await signUp(password, { name });
        expect({ status, code: body.code }, password).toEqual({ status: 400, code: 'weak_password' });
        expect(body.errors[0].message).toContain('your name, your address or the name of this service');
      }
      expect((await signUp('Lovelace1815')).status).toBe(201);

      const member = await app.as.member(newEmail());
      await member.patch('/v1/me', { name });
      const change = { currentPassword: PASSWORD, newPassword: 'Lovelace1815' };
      expect((await member.post('/v1/me/password', change)).body.code).toBe('weak_password');
      const made = { email: newEmail(), password: 'Lovelace1815', name };
      const refused = await (await app.as.admin()).post('/v1/users', made);
      expect(refused.body.code).toBe('weak_password');
    });
  });

  describe('that many others would choose', () => {
    it.each([
      'password',
      'Qwerty123',
      '00000000',
      'aaaaaaaa',
      '123123123',
      '87654321',
      'abcdefgh',
      'abcdabcda',
      'Abcdefgh',
      'AAAAaaaa',
      'a'.repeat(16),
    ])('are refused: %s', async (password) => {
      const { status, body } = await signUp(password);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'weak_password' });
      expect(body.errors[0].message).toContain('most common');
    });

    it.each(['🦊'.repeat(8), 'a'.repeat(64), 'x'.repeat(128), 'a'.repeat(17), 'abcdefgi', '12312313a'])(
      'are not: %s',
      async (password) => {
        expect((await signUp(password)).status).toBe(201);
      },
    );
  });

  describe('that another system hashed', () => {
    const OLD = 'the passphrase of old';
    const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

    it.each([
      ['bcrypt', () => bcrypt(OLD, 5)],
      [
        'scrypt',
        () =>
          `$scrypt$ln=10,r=8,p=1$${unpadded(SALT)}$${unpadded(scryptSync(OLD, SALT, 32, { N: 1024, r: 8, p: 1 }))}`,
      ],
      [
        'PBKDF2',
        () =>
          `$pbkdf2-sha256$i=1000$${unpadded(SALT)}$${unpadded(pbkdf2Sync(OLD, SALT, 1000, 32, 'sha256'))}`,
      ],
    ])('with %s sign in, and are hashed with argon2id from then on', async (_, make) => {
      const hash = await make();
      const email = await withHash(hash);
      expect(await logIn(email, `${OLD}!`)).toBe(401);
      expect(await hashOf(email)).toBe(hash);
      expect(await logIn(email, OLD)).toBe(200);
      expect(await hashOf(email)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await logIn(email, OLD)).toBe(200);
      expect(await logIn(email, `${OLD}!`)).toBe(401);
    });

    it('with bcrypt are read in full from then on', async () => {
      const long = `${'long '.repeat(15)}passphrase`;
      const email = await withHash(await bcrypt(long, 5));
      expect(await logIn(email, long)).toBe(200);
      expect(await logIn(email, `${long}!`)).toBe(401);
    });

    it('in a way that is unknown or asks for too much are wrong, at once and without a failure here', async () => {
      for (const hash of [
        '5f4dcc3b5aa765d61d8327deb882cf99',
        `$2b$31$${'a'.repeat(53)}`,
        '$argon2id$v=19$m=4194304',
      ]) {
        const email = await withHash(hash);
        const startedAt = performance.now();
        expect(await logIn(email, 'password')).toBe(401);
        expect(performance.now() - startedAt).toBeLessThan(2_000);
        expect(await hashOf(email)).toBe(hash);
      }
    });
  });

  describe('with a range service', () => {
    const BREACHED = 'leaked long ago by others';

    it('are refused when it knows them, at sign-up, at a change and for another user', async () => {
      service.answer = (_, response) => {
        response.end(`${'0'.repeat(35)}:3\r\n${sha1(BREACHED).slice(5)}:1234\r\n${'F'.repeat(35)}:1`);
      };
      const before = await checks('found');
      const { status, body } = await signUp(BREACHED);
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'weak_password' });
      expect(body.errors[0].message).toContain('breach');
      const member = await app.as.member(newEmail());
      const change = { currentPassword: PASSWORD, newPassword: BREACHED };
      expect((await member.post('/v1/me/password', change)).body.code).toBe('weak_password');
      const made = await (await app.as.admin()).post('/v1/users', { email: newEmail(), password: BREACHED });
      expect(made.body.code).toBe('weak_password');
      expect(await checks('found')).toBe(before + 3);
    });

    it('are asked for with five digits of their hash, in an answer that is padded', async () => {
      service.asked.length = 0;
      service.answer = (_, response) => void response.end(`${sha1(PASSWORD).slice(5)}:0\r\n`);
      expect((await signUp(PASSWORD)).status).toBe(201);
      const [request, ...more] = service.asked;
      expect(more).toEqual([]);
      expect(request!.method).toBe('GET');
      expect(request!.url).toBe(`/range/${sha1(PASSWORD).slice(0, 5)}`);
      expect(request!.headers['add-padding']).toBe('true');
      expect(JSON.stringify(request!.headers)).not.toContain('passphrase');
    });

    it('are not asked for when they are refused anyhow, nor at a login', async () => {
      const member = await app.as.member(newEmail());
      service.asked.length = 0;
      expect((await signUp('short')).status).toBe(400);
      expect(await logIn(member.email, PASSWORD)).toBe(200);
      expect(service.asked).toEqual([]);
    });

    it.each<[string, RangeService['answer']]>([
      ['answers with an error', (_, response) => void response.writeHead(503).end()],
      ['is not there any more', (_, response) => void response.writeHead(404).end('no such range')],
      ['redirects', (_, response) => void response.writeHead(302, { location: '/range/elsewhere' }).end()],
      ['closes the connection', (request) => void request.socket.destroy()],
      ['never answers', () => {}],
      ['begins and never ends', (_, response) => void response.write('0'.repeat(35))],
      ['sends without end', (_, response) => void response.end('0'.repeat(3_000_000))],
    ])('that %s are taken, within two seconds, which is counted and logged', async (_, answer) => {
      service.answer = answer;
      service.asked.length = 0;
      const [before, logged] = [await checks('failed'), app.log.length];
      const startedAt = performance.now();
      expect((await signUp(BREACHED)).status).toBe(201);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(await checks('failed')).toBe(before + 1);
      const lines = app.log.slice(logged).join('');
      expect(lines).toContain('the range service of breached passwords fails');
      expect(lines).not.toContain(sha1(BREACHED).slice(0, 5));
      // No redirect is followed.
      expect(service.asked).toHaveLength(1);
    });
  });
});

it('new passwords have as many characters as PASSWORD_MIN_LENGTH asks for; those of before go on working', async () => {
  const app = await startApp({ env: { PASSWORD_MIN_LENGTH: '15', ADMIN_PASSWORD: 'of before 15' } });
  try {
    const signUp = (password: string) =>
      app.as.anonymous().post('/v1/auth/signup', { email: newEmail(), password });
    const refused = await signUp('ein Gedicht 🦊🦊');
    expect([refused.status, refused.body.code]).toEqual([400, 'weak_password']);
    expect(refused.text).toContain('at least 15 characters');
    expect((await signUp('ein Gedicht 🦊🦊🦊')).status).toBe(201);
    await app.as.logIn('admin@localhost', 'of before 15');
  } finally {
    await app.close();
  }
});
