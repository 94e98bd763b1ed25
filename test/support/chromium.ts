import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

interface Reply {
  id?: number;
  result?: any;
  error?: { message: string };
}

/** A real Chromium without a window, driven through the DevTools protocol over a pipe: nothing listens on a port. */
export class Chromium {
  private count = 0;
  private received = '';
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly profile: string,
  ) {
    (process.stdio[4] as Readable).on('data', (chunk: Buffer) => this.receive(chunk.toString()));
  }

  static start(): Chromium {
    const profile = mkdtempSync(join(tmpdir(), 'gatehouse-chromium-'));
    const options = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ];
    const process = spawn(
      globalThis.process.env['CHROMIUM'] ?? 'chromium',
      [...options, '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    return new Chromium(process, profile);
  }

  /** A new page with an authenticator of its own, that has verified its owner. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId));
    await page.start(url);
    return page;
  }

  async send(method: string, params: object = {}, sessionId?: string): Promise<any> {
    const id = ++this.count;
    const reply = new Promise<Reply>((resolve) => this.waiting.set(id, resolve));
    (this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await reply;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async close(): Promise<void> {
    const ended = once(this.process, 'exit');
    await this.send('Browser.close').catch(() => this.process.kill());
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private receive(text: string): void {
    const messages = (this.received + text).split('\0');
    this.received = messages.pop()!;
    for (const message of messages) {
      const reply = JSON.parse(message) as Reply;
      if (reply.id !== undefined) this.waiting.get(reply.id)?.(reply);
    }
  }
}

/** A page and its authenticator. */
export class Page {
  private authenticatorId: string;

  constructor(private readonly send: (method: string, params?: object) => Promise<any>) {}

  async start(url: string): Promise<void> {
    await this.send('WebAuthn.enable');
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    ({ authenticatorId: this.authenticatorId } = await this.send('WebAuthn.addVirtualAuthenticator', {
      options,
    }));
    await this.goTo(url);
  }

  async goTo(url: string): Promise<void> {
    await this.send('Page.navigate', { url });
    while ((await this.run(`location.href + document.readyState`)) !== `${url}complete`);
  }

  /** Whether the owner's PIN or finger is accepted from now on. */
  setVerified(isUserVerified: boolean): Promise<void> {
    const { authenticatorId } = this;
    return this.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  }

  async credentials(): Promise<{ credentialId: string; rpId: string; signCount: number }[]> {
    const { authenticatorId } = this;
    return (await this.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  }

  /** What the authenticator would be if an attacker had copied it earlier. */
  async turnBackCounter(): Promise<void> {
    const { authenticatorId } = this;
    const [credential] = await this.credentials();
    await this.send('WebAuthn.clearCredentials', { authenticatorId });
    await this.send('WebAuthn.addCredential', {
      authenticatorId,
      credential: { ...credential, signCount: 0 },
    });
  }

  /** Evaluates an expression in the page, and gives what it, or its promise, comes to. */
  async run(expression: string): Promise<any> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', params);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
}
