import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** For servers and commands that open one database: each needs to know it. */
export const GATEHOUSE_SECRET = 'a-secret-of-the-tests-that-is-long-enough-0123456789';

const MAIN = join(import.meta.dirname, '../../dist/main.js');
const ASK_EVERY_MS = 50;

interface Options {
  /** A module that Node loads before the server. */
  preload?: string;
  /** Where standard output and error go, when `output` is not to have them. */
  stdio?: StdioOptions;
}

/** The real server as a process of its own, in an empty folder. */
export class ServerProcess {
  output = '';
  exitCode: number | null = null;
  private child: ChildProcess | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), 'gatehouse-process-'));

  constructor(
    readonly port: number,
    private readonly env: Record<string, string> = {},
    private readonly options: Options = {},
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it is ready, or until it has ended. */
  async start(): Promise<this> {
    const { PATH = '' } = process.env;
    const { preload, stdio = ['ignore', 'pipe', 'pipe'] } = this.options;
    const child = spawn(process.execPath, [...(preload ? ['--import', preload] : []), MAIN], {
      cwd: this.folder,
      env: { PATH, HOST: '127.0.0.1', PORT: String(this.port), ...this.env },
      stdio,
    });
    this.child = child;
    this.exitCode = null;
    const heard = new Promise<void>((resolve) => {
      const listen = (chunk: Buffer) => {
        this.output += String(chunk);
        if (this.output.includes('Gatehouse is ready')) resolve();
      };
      child.stdout?.on('data', listen);
      child.stderr?.on('data', listen);
      child.once('close', (code) => {
        this.exitCode = code;
        resolve();
      });
    });
    await (child.stdout ? heard : Promise.race([heard, this.untilItAnswers()]));
    return this;
  }

  /** Closes our end of its standard output and error. */
  stopReading(): void {
    this.child?.stdout?.destroy();
    this.child?.stderr?.destroy();
  }

  /** Leaves what it writes where it is, until nothing more goes in. */
  pauseReading(): void {
    this.child?.stdout?.pause();
    this.child?.stderr?.pause();
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends a signal and waits for the end. Gives its whole output. */
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

  private async untilItAnswers(): Promise<void> {
    while (this.exitCode === null) {
      if (await fetch(`${this.url}/health/live`).catch(() => undefined)) return;
      await setTimeout(ASK_EVERY_MS);
    }
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
