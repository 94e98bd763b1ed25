import { setTimeout } from 'node:timers/promises';
import { vi } from 'vitest';
import { PASSWORD } from './actors.js';
import { Client, type Answer } from './client.js';

const TRY_AGAIN_MS = 100;

/** One request of a client and how it went. */
export interface Attempt {
  what: 'refresh' | 'whoami' | 'rename';
  /** 0 when there was no answer at all. */
  status: number;
  code: string | undefined;
  retryAfter: string | null;
  /** The monotonic clock. */
  startedAt: number;
  ms: number;
}

/**
 * A client as clients are told to be: it keeps one session, refreshes, uses the new token and changes something, again
 * and again; what fails it repeats, and never gives its session up.
 */
export class SteadyClient {
  readonly attempts: Attempt[] = [];
  private isStopped = false;
  private names = 0;
  /** The last name that the server said it has stored. */
  private acknowledged: string | undefined;
  private ending: Promise<void> | undefined;

  private constructor(
    private client: Client,
    private accessToken: string,
    private refreshToken: string,
  ) {}

  /** Signs a user up. */
  static async make(url: string, email: string): Promise<SteadyClient> {
    const client = new Client(url);
    const { status, body, text } = await client.post('/v1/auth/signup', { email, password: PASSWORD });
    if (status !== 201) throw new Error(`sign-up answered ${status}: ${text}`);
    return new SteadyClient(client, body.access_token, body.refresh_token);
  }

  /** Goes on until {@link stop}. @param pause between two requests, in ms */
  run(pause = 5): this {
    this.isStopped = false;
    this.ending = (async () => {
      while (!this.isStopped) {
        for (const step of [this.refresh, this.whoAmI, this.rename]) {
          const { status } = await step();
          await setTimeout(status === 0 || status >= 500 ? TRY_AGAIN_MS : pause);
        }
      }
    })();
    return this;
  }

  /** Resolves once that many more of its requests were answered well. */
  async untilServed(more: number): Promise<void> {
    const served = () => this.attempts.filter(({ status }) => status === 200).length;
    const until = served() + more;
    await vi.waitFor(
      () => {
        if (served() < until) throw new Error(`the last answer was ${JSON.stringify(this.attempts.at(-1))}`);
      },
      { timeout: 30_000, interval: 20 },
    );
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.ending;
  }

  /** Whether its session is alive, and whether what was acknowledged is there. */
  async isWell(): Promise<boolean> {
    const refreshed = await this.refresh();
    const me = await this.client.get('/v1/me', this.bearer);
    const stored = Number(me.body?.name ?? 0);
    return refreshed.status === 200 && me.status === 200 && stored >= Number(this.acknowledged ?? 0);
  }

  refresh = async (): Promise<Attempt> => {
    const send = () => this.client.post('/v1/auth/refresh', { refresh_token: this.refreshToken });
    const { attempt, answer } = await this.attempt('refresh', send);
    if (attempt.status === 200) {
      this.accessToken = answer!.body.access_token;
      this.refreshToken = answer!.body.refresh_token;
    }
    return attempt;
  };

  /** With the access token it has, by this node or another. */
  whoAmI = async (url?: string): Promise<Attempt> => {
    const client = url ? new Client(url) : this.client;
    return (await this.attempt('whoami', () => client.get('/v1/auth/whoami', this.bearer))).attempt;
  };

  rename = async (): Promise<Attempt> => {
    const name = String(++this.names);
    const send = () => this.client.patch('/v1/me', { name }, this.bearer);
    const { attempt } = await this.attempt('rename', send);
    if (attempt.status === 200) this.acknowledged = name;
    return attempt;
  };

  private get bearer(): { authorization: string } {
    return { authorization: `Bearer ${this.accessToken}` };
  }

  private async attempt(what: Attempt['what'], send: () => Promise<Answer>) {
    const startedAt = performance.now();
    const answer = await send().catch(() => undefined);
    const attempt: Attempt = {
      what,
      status: answer?.status ?? 0,
      code: answer?.body?.code,
      retryAfter: answer?.headers.get('retry-after') ?? null,
      startedAt,
      ms: performance.now() - startedAt,
    };
    this.attempts.push(attempt);
    return { attempt, answer };
  }
}

/** Resolves once each has had that many more answers that were good. */
export async function untilServed(clients: SteadyClient[], more: number): Promise<void> {
  await Promise.all(clients.map((client) => client.untilServed(more)));
}
