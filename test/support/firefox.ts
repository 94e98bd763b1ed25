import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const LISTENING = /WebDriver BiDi listening on (ws:\/\/\S+)/;

/** A real Firefox without a window, by the protocol that it speaks itself (WebDriver BiDi). */
export class Firefox {
  /** Errors that pages have logged, violations of their policy among them. */
  readonly complaints: string[] = [];
  private count = 0;
  private readonly waiting = new Map<
    number,
    { resolve: (result: any) => void; reject: (error: Error) => void }
  >();
  private context: string;

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
    private readonly socket: WebSocket,
  ) {
    socket.on('message', (data) => this.receive(JSON.parse(String(data))));
  }

  static async start(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), 'gatehouse-firefox-'));
    const program = globalThis.process.env['FIREFOX'] ?? 'firefox-esr';
    const child = spawn(
      program,
      ['--headless', '--no-remote', '--remote-debugging-port=0', `--profile`, profile, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...globalThis.process.env, HOME: profile } },
    );
    const socket = new WebSocket(`${await addressOf(child)}/session`);
    await once(socket, 'open');
    const firefox = new Firefox(child, profile, socket);
    await firefox.send('session.new', { capabilities: {} });
    await firefox.send('session.subscribe', { events: ['log.entryAdded'] });
    const { contexts } = await firefox.send('browsingContext.getTree', {});
    firefox.context = contexts[0].context;
    return firefox;
  }

  async goTo(url: string): Promise<void> {
    await this.send('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  /** Evaluates an expression in the page, and gives what it, or its promise, comes to. */
  async run(expression: string): Promise<any> {
    const target = { context: this.context };
    const answer = await this.send('script.evaluate', { expression, target, awaitPromise: true });
    if (answer.type === 'exception') throw new Error(answer.exceptionDetails.text);
    return answer.result.value;
  }

  /** Presses the button that this selects, and waits for the page that comes of it. */
  async press(selector: string): Promise<void> {
    await this.run(`void (window.isOld = true)`);
    await this.run(`void document.querySelector(${JSON.stringify(selector)}).click()`);
    for (;;) {
      const isNew = await this.run(`!window.isOld && document.readyState === 'complete'`).catch(() => false);
      if (isNew) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async fill(selector: string, value: string): Promise<void> {
    await this.run(
      `void (document.querySelector(${JSON.stringify(selector)}).value = ${JSON.stringify(value)})`,
    );
  }

  async close(): Promise<void> {
    const ended = once(this.process, 'exit');
    await this.send('browser.close', {}).catch(() => this.process.kill());
    await ended;
    this.socket.terminate();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private send(method: string, params: object): Promise<any> {
    const id = ++this.count;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  private receive(message: any): void {
    if (message.type === 'event') {
      const { level, text } = message.params;
      if (level === 'error') this.complaints.push(String(text));
      return;
    }
    const { resolve, reject } = this.waiting.get(message.id) ?? {};
    this.waiting.delete(message.id);
    if (message.type === 'error') reject?.(new Error(`${message.error}: ${message.message}`));
    else resolve?.(message.result);
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const [, address] = LISTENING.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error('Firefox ended before it listened');
}
