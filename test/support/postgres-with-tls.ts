import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './process.js';

const INSTALLED = '/usr/lib/postgresql';
const programs = existsSync(INSTALLED)
  ? readdirSync(INSTALLED).map((version) => join(INSTALLED, version, 'bin'))
  : [];
const bin = programs.find((folder) => existsSync(join(folder, 'initdb')));

/** Whether there is a PostgreSQL on this machine to start one's own server from. */
export const hasPostgres = bin !== undefined;

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];

/** A PostgreSQL server of one's own that offers TLS, with a certificate for `localhost` and no other name. */
export class PostgresWithTls {
  readonly folder = join(tmpdir(), `gatehouse-postgres-tls-${randomBytes(6).toString('hex')}`);
  port = 0;
  private server: ChildProcess | undefined;

  /** The path of the certificate that the server's was signed with. */
  readonly authority = join(this.folder, 'ca.crt');
  /** The path of one that has nothing to do with it. */
  readonly stranger = join(this.folder, 'stranger.crt');

  async start(): Promise<this> {
    mkdirSync(this.folder);
    this.certify('ca', '/CN=Authority');
    this.certify('stranger', '/CN=Stranger');
    this.certify('server', '/CN=localhost', '-CA', this.authority, '-CAkey', join(this.folder, 'ca.key'));
    const data = join(this.folder, 'data');
    for (const path of [this.folder, ...readdirSync(this.folder).map((name) => join(this.folder, name))]) {
      if (this.user) chownSync(path, this.user.uid, this.user.gid);
    }
    chmodSync(join(this.folder, 'server.key'), 0o600);
    execFileSync(join(bin!, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], {
      stdio: 'ignore',
      cwd: this.folder,
      ...this.user,
    });

    this.port = await freePort();
    const settings = {
      listen_addresses: 'localhost',
      unix_socket_directories: this.folder,
      fsync: 'off',
      ssl: 'on',
      ssl_cert_file: join(this.folder, 'server.crt'),
      ssl_key_file: join(this.folder, 'server.key'),
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const server = spawn(join(bin!, 'postgres'), ['-D', data, '-p', String(this.port), ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
      cwd: this.folder,
      ...this.user,
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stderr.on('data', (chunk) => {
        said += String(chunk);
        if (said.includes('ready to accept connections')) resolve();
      });
      server.once('close', () => reject(new Error(said)));
    });
    return this;
  }

  async discard(): Promise<void> {
    if (this.server && this.server.exitCode === null) {
      const ended = once(this.server, 'close');
      this.server.kill('SIGQUIT');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** PostgreSQL does not run as root. */
  private get user(): { uid: number; gid: number } | undefined {
    if (process.getuid?.() !== 0) return undefined;
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres'])));
    return { uid: uid!, gid: gid! };
  }

  private certify(name: string, subject: string, ...more: string[]): void {
    const [key, certificate] = ['key', 'crt'].map((ending) => join(this.folder, `${name}.${ending}`));
    const to = ['-keyout', key!, '-out', certificate!, '-subj', subject];
    const forName = name === 'server' ? ['-addext', 'subjectAltName=DNS:localhost'] : [];
    execFileSync('openssl', ['req', '-x509', ...KEY, ...to, ...forName, ...more], { stdio: 'ignore' });
  }
}
