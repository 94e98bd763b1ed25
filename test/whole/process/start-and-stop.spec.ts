import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Client } from '../../support/client.js';
import { freePort, GATEHOUSE_SECRET, ServerProcess } from '../../support/process.js';

describe('the first start', () => {
  const servers: ServerProcess[] = [];
  const make = async (env: Record<string, string> = {}) => {
    const server = new ServerProcess(await freePort(), { LOG_LEVEL: 'warn', ...env });
    servers.push(server);
    return server;
  };
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.discard()));
  });

  it('with nothing set, makes data/, a secret, a database and an admin, and says where everything is', async () => {
    const server = await (await make()).start();
    const secret = join(server.folder, 'data/secret');
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(existsSync(join(server.folder, 'data/gatehouse.db'))).toBe(true);
    expect(server.output).toContain(`http://localhost:${server.port}/docs`);
    expect(server.output).not.toContain(readFileSync(secret, 'utf8'));

    const [, email, password] = /admin\s+(\S+) with the password (\S+)/.exec(server.output)!;
    const client = new Client(server.url);
    const login = await client.post('/v1/auth/login', { email, password });
    expect(login.body.user).toMatchObject({ email: 'admin@localhost', roles: ['admin', 'user'] });
    expect((await client.get('/health/ready')).body).toMatchObject({ status: 'ok' });

    await server.stop();
    await server.start();
    expect(server.output).not.toContain('password');
    const again = await client.post('/v1/auth/login', { email, password });
    expect(again.status).toBe(200);
  });

  it('with nothing set, writes mail into data/outbox, for no other user, even when it is about to stop', async () => {
    const server = await (await make({ LOG_LEVEL: 'info' })).start();
    const signUp = { email: 'ada@example.com', password: 'a long enough passphrase' };
    expect((await new Client(server.url).post('/v1/auth/signup', signUp)).status).toBe(201);
    const said = await server.stop();
    const outbox = join(server.folder, 'data/outbox');
    const [name, ...more] = readdirSync(outbox);
    expect(more).toEqual([]);
    expect([statSync(outbox).mode & 0o777, statSync(join(outbox, name!)).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    const mail = readFileSync(join(outbox, name!), 'utf8');
    expect(mail).toContain('To: ada@example.com\r\n');
    expect(mail).toMatch(/\r\nhttp:\/\/localhost:\d+\/account#v\.[\w-]{43}\r\n/);
    expect(said).toContain(`data/outbox/${name}`);
  });

  it('in production says that mail is off, and makes no outbox', async () => {
    const server = await (await make({ NODE_ENV: 'production', GATEHOUSE_SECRET })).start();
    expect(server.output).toContain('SMTP_URL is not set: no mail is sent');
    expect(existsSync(join(server.folder, 'data/outbox'))).toBe(false);
  });

  it('says every bad setting in a line of its own and exits with 1, without a stack trace', async () => {
    const server = await (
      await make({ PORT: 'abc', ACCESS_TOKEN_TTL: '15', GATEHOUSE_SECRET: 'short' })
    ).start();
    expect(server.exitCode).toBe(1);
    expect(server.output.trim().split('\n')).toEqual([
      'PORT is "abc"; it must be a whole number from 0 to 65535',
      expect.stringMatching(/^GATEHOUSE_SECRET is not valid; it must be at least 32 bytes/),
      expect.stringMatching(/^ACCESS_TOKEN_TTL is "15"; it must be a duration/),
    ]);
    expect(existsSync(join(server.folder, 'data'))).toBe(false);
  });

  it('refuses production without a secret', async () => {
    const server = await (await make({ NODE_ENV: 'production' })).start();
    expect(server.exitCode).toBe(1);
    expect(server.output).toMatch(/^GATEHOUSE_SECRET is not set/);
    expect(existsSync(join(server.folder, 'data'))).toBe(false);
  });

  it('refuses a secret file that others can read', async () => {
    const server = await make();
    mkdirSync(join(server.folder, 'data'));
    writeFileSync(join(server.folder, 'data/secret'), GATEHOUSE_SECRET);
    chmodSync(join(server.folder, 'data/secret'), 0o644);
    await server.start();
    expect(server.exitCode).toBe(1);
    expect(server.output).toContain('chmod 600 data/secret');
  });

  it('says in one line that the port is taken', async () => {
    const server = await make();
    const other = createServer().listen(server.port, '127.0.0.1');
    await once(other, 'listening');
    await server.start();
    other.close();
    expect(server.exitCode).toBe(1);
    expect(server.output.trim()).toBe(
      `HOST, PORT: cannot listen on 127.0.0.1: port ${server.port} is in use; set PORT to another`,
    );
  });

  it('says in one line that the secret is not the one that the keys were sealed with, and changes nothing', async () => {
    const server = await (await make()).start();
    const jwks = (await new Client(server.url).get('/.well-known/jwks.json')).text;
    await server.stop();
    const secret = readFileSync(join(server.folder, 'data/secret'));
    writeFileSync(join(server.folder, 'data/secret'), 'another-secret-that-is-long-enough-0123456789');
    await server.start();
    expect(server.exitCode).toBe(1);
    expect(server.output.trim()).toMatch(/^GATEHOUSE_SECRET does not open the signing keys[^\n]*$/);
    writeFileSync(join(server.folder, 'data/secret'), secret);
    await server.start();
    expect((await new Client(server.url).get('/.well-known/jwks.json')).text).toBe(jwks);
  });

  it('finishes the requests in flight before it stops', async () => {
    const server = await (await make()).start();
    const body = JSON.stringify({ email: 'slow@example.com', password: 'a long enough passphrase' });
    const socket = createConnection(server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    const head = `POST /v1/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body.slice(0, 10));
    await new Client(server.url).get('/health/live');

    const stopped = server.stop('SIGTERM');
    await expect
      .poll(() =>
        new Client(server.url).get('/health/live').then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    socket.write(body.slice(10));
    await Promise.all([stopped, once(socket, 'close')]);
    expect(received).toMatch(/^HTTP\/1.1 201 /);
    expect(server.exitCode).toBe(0);
  });
});
