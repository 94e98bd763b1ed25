import type { Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Readiness } from '../../../src/platform/http/readiness.js';
import { UsersService } from '../../../src/accounts/users/users.service.js';
import { ADMIN } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import type { SignedIn } from '../../support/client.js';
import { sendLines, Upload } from '../../support/lines.js';
import { works } from '../../support/sessions.js';

const IMPORT = '/v1/users/import';
/** So many are taken at a time. */
const STEP = 25;

describe('an import that does not end well', () => {
  let app: TestApp;
  let admin: SignedIn;
  let count = 0;
  let domain: string;
  const sockets: Socket[] = [];
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => ({ email: `user-${from + n}@${domain}` }));
  const made = async () => {
    const [row] = await app.database.query<{ n: number | string }>(
      'SELECT count(*) AS n FROM users WHERE email LIKE :like',
      { like: `%@${domain}` },
    );
    return Number(row!.n);
  };
  const lastRun = async () => {
    const { body } = await admin.get('/v1/audit-events?action=users.imported&limit=100');
    return body.items.at(-1)?.detail;
  };
  const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 10 });
  const untilMade = (expected: number) => until(async () => expect(await made()).toBe(expected));

  beforeAll(async () => {
    app = await startApp();
    app.nest.getHttpServer().on('connection', (socket: Socket) => sockets.push(socket));
    admin = await app.as.admin();
  });
  beforeEach(() => {
    domain = `run-${++count}.example.com`;
  });
  afterAll(() => app.close());

  it('because the client goes away keeps what came whole, and frees the connection', async () => {
    const upload = new Upload(admin, IMPORT);
    upload.send(...lines(0, STEP), `{"email":"cut-off@${domain}"}`);
    await untilMade(STEP);
    const socket = sockets.at(-1)!;
    upload.breakOff();
    await until(async () => expect(await lastRun()).toMatchObject({ created: STEP, isComplete: false }));
    expect(socket.destroyed).toBe(true);
    expect(await made()).toBe(STEP);
    expect(await works(app, admin.tokens.access_token)).toBe(true);
    // And is simply sent again.
    const again = await sendLines(admin, IMPORT, ...lines(0, STEP + 1));
    expect(again.body).toMatchObject({ created: 1, skipped: STEP, failed: 0 });
  });

  it('because the client falls silent is given up', async () => {
    const upload = new Upload(admin, IMPORT);
    upload.send(...lines(0, STEP));
    await untilMade(STEP);
    const socket = sockets.at(-1)!;
    expect(socket.timeout).toBe(30_000);
    socket.emit('timeout');
    await until(async () => expect(await lastRun()).toMatchObject({ created: STEP, isComplete: false }));
    expect(socket.destroyed).toBe(true);
    upload.breakOff();
  });

  it('may take longer than other requests', async () => {
    const upload = new Upload(admin, IMPORT);
    upload.send(...lines(0, STEP));
    await untilMade(STEP);
    // What Node does when a request takes longer than `requestTimeout`.
    const late = Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    app.nest.getHttpServer().emit('clientError', late, sockets.at(-1)!);
    upload.send(...lines(STEP, 2 * STEP));
    expect(await upload.end()).toMatchObject({ status: 200, body: { created: 2 * STEP, failed: 0 } });
  });

  it('stops when the session that began it ends', async () => {
    const other = await app.as.logIn(ADMIN.email, ADMIN.password);
    const upload = new Upload(other, IMPORT);
    upload.send(...lines(0, STEP));
    await untilMade(STEP);
    await other.post('/v1/auth/logout');
    upload.send(...lines(STEP, 2 * STEP));
    expect(await upload.answer()).toMatchObject({
      status: 401,
      body: {
        code: 'invalid_token',
        summary: { created: STEP, updated: 0, skipped: 0, failed: 0, errors: [] },
      },
    });
    upload.breakOff();
    expect(await made()).toBe(STEP);
  });

  it.each([
    ['nothing', ''],
    ['empty lines', '\n'],
    ['bad lines', '{bad}\n'.repeat(30)],
    ['a line without an end', 'x'.repeat(100)],
  ])('ends with its session, though %s may come', async (_, rubbish) => {
    const other = await app.as.logIn(ADMIN.email, ADMIN.password);
    const upload = new Upload(other, IMPORT);
    upload.send(...lines(0, STEP));
    await untilMade(STEP);
    await other.post('/v1/auth/logout');
    const drip = setInterval(() => upload.send(rubbish), 20);
    try {
      const { status, body } = await upload.answer();
      expect([status, body.code, body.summary.created]).toEqual([401, 'invalid_token', STEP]);
    } finally {
      clearInterval(drip);
      upload.breakOff();
    }
  });

  it('ends when the server is about to stop, though nothing comes', async () => {
    const upload = new Upload(admin, IMPORT);
    upload.send(...lines(0, STEP));
    await untilMade(STEP);
    const readiness = app.nest.get(Readiness);
    readiness.isStopping = true;
    try {
      const { status, body } = await upload.answer();
      expect([status, body.code, body.summary.created]).toEqual([503, 'stopping', STEP]);
    } finally {
      readiness.isStopping = false;
      upload.breakOff();
    }
  });

  it('is given up when nothing of 64 MiB is of use', async () => {
    const upload = new Upload(admin, IMPORT);
    const megabyte = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent < 40; sent++) upload.send(megabyte);
    upload.send('\n', ...lines(0, STEP - 1));
    for (let sent = 0; sent < 65; sent++) upload.send(megabyte);
    const { status, body } = await upload.answer();
    expect([status, body.code]).toEqual([400, 'nothing_usable']);
    expect(body.summary).toMatchObject({ created: STEP - 1, failed: 1 });
    upload.breakOff();
  });

  it('is not even read of a user who may not', async () => {
    const upload = new Upload(app.as.anonymous(), IMPORT);
    upload.send(...lines(0, 1));
    const { status, body } = await upload.answer();
    expect([status, body.code]).toEqual([401, 'unauthenticated']);
    const socket = sockets.at(-1)!;
    const flood = setInterval(() => upload.send('x'.repeat(1024 * 1024)), 1);
    await until(async () => expect(socket.destroyed).toBe(true)).finally(() => clearInterval(flood));
    expect(socket.bytesRead).toBeLessThan(4 * 1024 * 1024);
    upload.breakOff();
    expect(await made()).toBe(0);
  });

  it('goes on with what is left of the rights of who began it', async () => {
    const importer = await app.as.holderOf('users:write', 'roles:assign', 'users:read');
    await admin.post('/v1/roles', { name: `reader-${count}`, scopes: ['users:read'] });
    await admin.post('/v1/roles', { name: `less-${count}`, scopes: ['users:write', 'roles:assign'] });
    const roles = [`reader-${count}`];
    const upload = new Upload(importer, IMPORT);
    upload.send(...lines(0, STEP).map((line) => ({ ...line, roles })));
    await untilMade(STEP);
    await admin.put(`/v1/users/${importer.id}/roles`, { roles: [`less-${count}`] });
    upload.send(...lines(STEP, 2 * STEP).map((line, n) => (n < 10 ? { ...line, roles } : line)));
    await untilMade(2 * STEP - 10);
    await admin.put(`/v1/users/${importer.id}/roles`, { roles });
    upload.send(...lines(2 * STEP, 3 * STEP));
    const { status, body } = await upload.answer();
    expect([status, body.code]).toEqual([403, 'insufficient_scope']);
    expect(body.summary).toMatchObject({ created: 2 * STEP - 10, failed: 10 });
    expect(body.summary.errors[0]).toMatchObject({ line: STEP + 1, code: 'privilege_escalation' });
    upload.breakOff();
    expect(await made()).toBe(2 * STEP - 10);
  });

  it('because the server cannot go on says how far it came', async () => {
    const users = app.nest.get(UsersService);
    const { known } = users;
    let steps = 0;
    const broken = Object.assign(new Error('gone'), { code: 'ECONNRESET' });
    users.known = (emails) => (steps++ === 1 ? Promise.reject(broken) : known.call(users, emails));
    try {
      const { status, body } = await sendLines(admin, IMPORT, ...lines(0, 3 * STEP));
      expect([status, body.code]).toEqual([503, 'unavailable']);
      expect(body.detail).toContain('can be sent again');
      expect(body.summary).toMatchObject({ created: STEP, failed: 0 });
    } finally {
      users.known = known;
    }
    expect(await made()).toBe(STEP);
    expect(await lastRun()).toMatchObject({ created: STEP, isComplete: false });
    expect((await sendLines(admin, IMPORT, ...lines(0, 3 * STEP))).body).toMatchObject({
      created: 2 * STEP,
      skipped: STEP,
    });
  });
});
