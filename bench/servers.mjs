// Starts each candidate once, in a folder of its own, and stops them all in every case.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { candidates } from './candidates.mjs';
import { Connection, sleep } from './load.mjs';

const LISTENS_WITHIN_MS = 30_000;
const STOPS_WITHIN_MS = 5_000;
const STDERR_KEPT = 4_000;
const CLOCK_TICK_MS = 10;
const NODE_OPTIONS = process.env.BENCH_NODE_OPTIONS?.split(' ').filter(Boolean) ?? [];

const root = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
const servers = new Map();

/** Whether servers run on core 0 and the load generator, which is this process, on core 1. */
export const isPinned = pinned();

function pinned() {
  if (availableParallelism() < 2) return false;
  return taskset('-c', '0', 'true') && taskset('-a', '-c', '-p', '1', String(process.pid));
}

function taskset(...args) {
  return spawnSync('taskset', args, { stdio: 'ignore' }).status === 0;
}

/** The running server of a candidate; started when it is asked for first. */
export async function serverOf(name) {
  if (!servers.has(name)) {
    const server = new Server(name, await freePort());
    servers.set(name, server);
    await server.during(() => server.start());
  }
  return servers.get(name);
}

export async function stopAll() {
  await Promise.all([...servers.values()].map((server) => server.stop()));
}

process.once('exit', () => {
  for (const { child } of servers.values()) child?.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true, maxRetries: 3 });
});

class Server {
  constructor(name, port) {
    this.candidate = candidates[name];
    this.port = port;
    this.folder = join(root, name);
    mkdirSync(this.folder);
  }

  /** Starts the process. Resolves to the milliseconds until it listened. */
  async start() {
    const begun = performance.now();
    const { script, env } = this.candidate;
    const command = [process.execPath, ...NODE_OPTIONS, script];
    const [file, ...args] = isPinned ? ['taskset', '-c', '0', ...command] : command;
    this.stderr = '';
    this.child = spawn(file, args, {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        PORT: String(this.port),
        BENCH_FOLDER: this.folder,
        ...env?.(this.port),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stderr.on('data', (text) => (this.stderr = (this.stderr + text).slice(-STDERR_KEPT)));
    this.child.once('error', (error) => (this.stderr += error.message));
    await this.#listening(begun + LISTENS_WITHIN_MS);
    return performance.now() - begun;
  }

  async stop() {
    if (!this.child) return;
    this.child.kill('SIGTERM');
    const killing = setTimeout(() => this.child.kill('SIGKILL'), STOPS_WITHIN_MS);
    await this.ended;
    clearTimeout(killing);
    this.child = undefined;
  }

  /** The processor time it has used so far, in ms; `undefined` where the system does not tell. */
  cpuMs() {
    try {
      const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS; // proc(5): utime, stime
    } catch {
      return undefined;
    }
  }

  /** Does some work with the server; when it fails, the error says with which, and what that wrote last. */
  async during(work) {
    try {
      return await work();
    } catch (error) {
      throw new Error(`${this.candidate.label}: ${error.message}\n${this.stderr}`, { cause: error });
    }
  }

  async #listening(deadline) {
    let hasEnded = false;
    void this.ended.then(() => (hasEnded = true));
    for (;;) {
      try {
        return (await Connection.open(this.port)).close();
      } catch {
        if (hasEnded || performance.now() > deadline) throw new Error('did not start');
        await sleep(5);
      }
    }
  }
}

/** A free port of the loopback interface. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
