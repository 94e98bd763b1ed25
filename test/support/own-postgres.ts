import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { freePort } from './process.js';

const PACKAGED = '/usr/lib/postgresql';
const ASK_EVERY_MS = 50;
const READY_WITHIN_MS = 30_000;

/** A PostgreSQL server of one spec's own, which it may stop, freeze and crash. */
export class OwnPostgres {
  private readonly bin = binaries();
  private readonly user = unprivileged();
  private readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  private server: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** Makes and starts one. */
  static async start(): Promise<OwnPostgres> {
    const postgres = new OwnPostgres(await freePort());
    const { bin, folder, user } = postgres;
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!);
    const options = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    execFileSync(join(bin, 'initdb'), [...options, '--no-sync'], { ...user, cwd: folder, stdio: 'pipe' });
    await postgres.start();
    return postgres;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    const { bin, folder, user, port } = this;
    const options = ['-D', join(folder, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', folder];
    this.server = spawn(join(bin, 'postgres'), options, { ...user, cwd: folder, stdio: 'ignore' });
    const until = performance.now() + READY_WITHIN_MS;
    while (!(await this.answers())) {
      if (performance.now() > until || this.server.exitCode !== null)
        throw new Error('PostgreSQL did not start');
      await setTimeout(ASK_EVERY_MS);
    }
  }

  /** As an operator stops it: clients are cut off, what was committed is on disk. */
  stop(): Promise<void> {
    return this.end('SIGINT');
  }

  /** As when it is killed: it recovers from its log at the next start. */
  kill(): Promise<void> {
    return this.end('SIGQUIT');
  }

  freeze(): void {
    // The first of them before its children, so that it makes no more.
    for (const pid of this.pids) send(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.pids) send(pid, 'SIGCONT');
  }

  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Ends it, frozen or not, and removes its folder. */
  async discard(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get pids(): number[] {
    const { server } = this;
    if (!server?.pid || server.exitCode !== null || server.signalCode !== null) return [];
    return [server.pid, ...childrenOf(server.pid)];
  }

  private async answers(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { server } = this;
    if (this.pids.length === 0) return;
    const ended = once(server!, 'close');
    server!.kill(signal);
    await ended;
  }
}

/** The newest that is installed. */
function binaries(): string {
  const versions = existsSync(PACKAGED) ? readdirSync(PACKAGED) : [];
  const packaged = versions
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(PACKAGED, version, 'bin'));
  const found = [...packaged, ...(process.env['PATH'] ?? '').split(':')].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
  if (!found)
    throw new Error('initdb and postgres are needed here: install the server of PostgreSQL 15 or newer');
  return found;
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => parentOf(pid) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    // After the name in brackets, which may hold anything: the state, then the parent.
    const [, rest = ''] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return Number(rest.split(' ')[1]);
  } catch {
    return undefined;
  }
}
