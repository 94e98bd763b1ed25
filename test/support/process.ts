import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

/** The real server as a process of its own, in an empty folder. */
export class ServerProcess {
  output = '';
  exitCode: number | null = null;
  private child: ChildProcess | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-process-'));

  constructor(
    readonly port: number,
    private readonly env: Record<string, string> = {},
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it is ready, or until it has ended. */
  async start(): Promise<this> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, [MAIN], {
      cwd: this.folder,
      env: { PATH, HOST: '127.0.0.1', PORT: String(this.port), ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    this.exitCode = null;
    const heard = new Promise<void>((resolve) => {
      const listen = (chunk: Buffer) => {
        this.output += String(chunk);
        if (this.output.includes('Gatehouse is ready')) resolve();
      };
      child.stdout.on('data', listen);
      child.stderr.on('data', listen);
      child.once('close', (code) => {
        this.exitCode = code;
        resolve();
      });
    });
    await heard;
    return this;
  }

  /** Sends a signal and waits for the end. Gives all that was said by then. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return this.output;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
    const said = this.output;
    this.output = '';
    return said;
  }

  /** Ends it and removes its folder. */
  async discard(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
