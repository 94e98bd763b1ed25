import { hash as bcrypt } from '@node-rs/bcrypt';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportFile } from '../../../src/operations/cli/export-file.js';
import { importFile } from '../../../src/operations/cli/import-file.js';
import { ADMIN, PASSWORD } from '../../support/actors.js';
import { startApp, type TestApp } from '../../support/app.js';
import { CommandLine } from '../../support/command-line.js';
import { makeDatabase, type TestDatabase } from '../../support/database.js';
import { linesOf, parsedLines } from '../../support/lines.js';
import { GATEHOUSE_SECRET } from '../../support/process.js';
import { eventsAbout } from '../../support/sessions.js';

const CONSOLE = `hash_config {
  algorithm: SCRYPT,
  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,
  base64_salt_separator: Bw==,
  rounds: 8,
  mem_cost: 14,
}
`;

describe('files on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-files-'));
  const path = (name: string) => join(folder, name);
  const people = ['ada@example.com', 'bob@example.com'];
  let database: TestDatabase;
  let app: TestApp;
  let gatehouse: CommandLine;
  let passwordHash: string;

  beforeAll(async () => {
    database = await makeDatabase({ isShared: true });
    const env = { DATABASE_URL: database.url, GATEHOUSE_SECRET };
    app = await startApp({ env });
    gatehouse = new CommandLine({ NODE_ENV: 'test', ...env });
    passwordHash = await bcrypt(PASSWORD, 4);
    writeFileSync(path('people.ndjson'), linesOf(...people.map((email) => ({ email, passwordHash }))));
    await gatehouse.run('users:import', path('people.ndjson'));
  });
  afterAll(async () => {
    await gatehouse.close();
    await app.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are imported with any roles the operator says, under their name', async () => {
    const [carol, dave] = ['carol@example.com', 'dave@example.com'];
    const lines = linesOf({ email: carol, roles: ['admin', 'user'], passwordHash }, '{', { email: dave });
    writeFileSync(path('flawed.ndjson'), lines);
    const first = await gatehouse.run('users:import', path('flawed.ndjson'));
    expect(first).toEqual({
      code: 1,
      out: '2 created, 0 updated, 0 skipped, 1 failed\nline 2: malformed_line: The line is no JSON.\n',
      err: '',
    });
    const { id } = await app.as.logIn(carol);
    const detail = { imported: true, roles: ['admin', 'user'] };
    const actor = { kind: 'operator', id: null };
    expect((await eventsAbout(app, id))[0]).toMatchObject({ action: 'user.created', actor, detail });
    const [run] = await app.database.query<{ actor_kind: string; detail: string }>(
      `SELECT actor_kind, detail FROM audit_events WHERE action = 'users.imported' ORDER BY id DESC LIMIT 1`,
    );
    expect(run!.actor_kind).toBe('operator');
    expect(JSON.parse(run!.detail)).toMatchObject({ created: 2, failed: 1, isComplete: true });
    const again = await gatehouse.fed(lines.replace('{\n', ''), '--json', 'users:import', '-');
    expect({ ...again, out: JSON.parse(again.out) }).toEqual({
      code: 0,
      out: { created: 0, updated: 0, skipped: 2, failed: 0, errors: [] },
      err: '',
    });
    const change = linesOf({ email: ADMIN.email, name: 'The admin' });
    expect((await gatehouse.fed(change, 'users:import', '--update', '-')).out).toMatch(
      /^0 created, 1 updated/,
    );
  });

  it('are exported whole, for their owner alone', async () => {
    const plain = await gatehouse.run('users:export', path('users.ndjson'));
    const everybody = await app.database.query<{ email: string }>('SELECT email FROM users');
    expect(plain).toEqual({
      code: 0,
      out: `${everybody.length} lines in ${path('users.ndjson')}\n`,
      err: '',
    });
    expect(statSync(path('users.ndjson')).mode & 0o777).toBe(0o600);
    expect(existsSync(path('users.ndjson.partial'))).toBe(false);
    expect(readFileSync(path('users.ndjson'), 'utf8')).not.toContain('passwordHash');
    const secret = await gatehouse.run('users:export', '--secrets', '-');
    expect(secret).toMatchObject({ code: 0, err: '' });
    const lines = parsedLines({ text: secret.out });
    const emails = lines.map(({ email }) => email);
    expect(emails.toSorted()).toEqual(everybody.map(({ email }) => email).toSorted());
    expect(emails).toEqual(expect.arrayContaining([...people, ADMIN.email]));
    const hashes = lines.filter(({ email }) => people.includes(email)).map((line) => line.passwordHash);
    expect(hashes).toEqual([passwordHash, passwordHash]);
    const refused = await gatehouse.run('users:export', path('users.ndjson'));
    expect(refused).toMatchObject({
      code: 1,
      out: '',
      err: `there is a file ${path('users.ndjson')} already\n`,
    });
  });

  it('that could not be exported whole are not there', async () => {
    const failing = async function* () {
      yield '{}\n';
      throw new Error('the disk is gone');
    };
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const target = path('failed.ndjson');
    await expect(exportFile(target, { stdout, stderr }, failing(), 2)).rejects.toThrow('gone');
    expect(existsSync(target)).toBe(false);
    expect(existsSync(`${target}.partial`)).toBe(false);
  });

  it('show a bar on a terminal and nothing elsewhere', async () => {
    const summary = { created: 1, updated: 0, skipped: 0, failed: 0, errors: [] };
    const take = async (source: AsyncIterable<Uint8Array>) => {
      for await (const _ of source);
      return summary;
    };
    const drawn = async (terminal: object) => {
      const stderr = Object.assign(new PassThrough(), terminal);
      const { stdin } = process;
      await importFile(path('people.ndjson'), { stdin, stdout: new PassThrough(), stderr }, take);
      return String(stderr.read() ?? '');
    };
    expect(await drawn({ isTTY: true, columns: 120 })).toMatch(/importing █+ 100 % {2}\d+ of \d+ bytes/);
    expect(await drawn({})).toBe('');
  });

  it('have all their bad lines told, but for a terminal, which shows twenty', async () => {
    const errors = Array.from({ length: 23 }, (_, index) => ({ line: index + 1, code: 'c', message: 'm' }));
    const summary = { created: 0, updated: 0, skipped: 0, failed: 25, errors };
    const told = async (terminal: object) => {
      const [stdout, stderr] = [Object.assign(new PassThrough(), terminal), new PassThrough()];
      return importFile('-', { stdin: new PassThrough(), stdout, stderr }, async () => summary);
    };
    const onTerminal = await told({ isTTY: true });
    expect(onTerminal.lines.slice(20)).toEqual(['line 20: c: m', 'and 5 more lines']);
    expect(onTerminal.data).toBe(summary);
    expect((await told({})).lines.slice(23)).toEqual(['line 23: c: m', 'and 2 more lines']);
  });

  it('are read from a pipe that has a name, too', async () => {
    expect(spawnSync('mkfifo', [path('pipe')]).status).toBe(0);
    const run = gatehouse.run('users:import', path('pipe'));
    await Promise.race([run, writeFile(path('pipe'), linesOf({ email: 'piped@example.com' }))]);
    expect(await run).toEqual({ code: 0, out: '1 created, 0 updated, 0 skipped, 0 failed\n', err: '' });
  });

  it('of Firebase come with the hash parameters that its console shows', async () => {
    writeFileSync(path('hash-config'), CONSOLE);
    const user = {
      email: 'firebase@example.com',
      passwordHash:
        'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
      salt: '42xEC+ixf3L2lw==',
    };
    writeFileSync(path('firebase.json'), JSON.stringify({ users: [user] }));
    const options = ['--format', 'firebase', '--hash-config'];
    const done = await gatehouse.run('users:import', path('firebase.json'), ...options, path('hash-config'));
    expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/^1 created/) });
    await app.as.logIn('firebase@example.com', 'user1password');
    const wrong = await gatehouse.run(
      'users:import',
      path('firebase.json'),
      ...options,
      path('firebase.json'),
    );
    expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('base64_signer_key') });
  });

  it('of resources go in and out', async () => {
    const line = { identifier: 'https://api.example.com/orders', name: 'Orders', owner: people[0] };
    expect((await gatehouse.fed(linesOf(line), 'resources:import', '-')).out).toMatch(/^1 created/);
    const { out } = await gatehouse.run('resources:export', '-');
    expect(parsedLines({ text: out })).toContainEqual(expect.objectContaining({ ...line, status: 'draft' }));
    const change = linesOf({ ...line, name: 'All orders' });
    expect((await gatehouse.fed(change, 'resources:import', '--update', '-')).out).toMatch(
      /^0 created, 1 updated/,
    );
  });

  it('that are not there, or not understood, change nothing', async () => {
    const missing = await gatehouse.run('users:import', path('missing'));
    expect(missing).toEqual({ code: 1, out: '', err: `there is no file ${path('missing')}\n` });
    const aFolder = await gatehouse.run('users:import', folder);
    expect(aFolder).toEqual({ code: 1, out: '', err: `${folder} is not a file\n` });
    for (const nowhere of ['missing', 'people.ndjson']) {
      const exported = await gatehouse.run('users:export', join(path(nowhere), 'out'));
      expect(exported).toEqual({ code: 1, out: '', err: `there is no folder ${path(nowhere)}\n` });
    }
    const format = await gatehouse.run('users:import', path('people.ndjson'), '--format', 'csv');
    expect(format).toMatchObject({ code: 2, out: '' });
    const cut = await gatehouse.fed(
      '{"users":[{"email":"x@example.com"}',
      'users:import',
      '--format=firebase',
      '-',
    );
    expect(cut).toMatchObject({ code: 1, err: expect.stringContaining('no whole document') });
  });
});
