import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

/** What can be wrong with a server that rotates refresh tokens. */
export type Flaw =
  | 'each refresh mints a branch of its own'
  | 'only the last rotation is remembered'
  | 'a retry is refused'
  | 'a replay is answered'
  | 'a replay ends nothing'
  | 'a replay ends every session'
  | 'a refresh outlives the logout'
  | 'access tokens outlive the logout'
  | 'a forged token ends the session';

interface FakeSession {
  id: string;
  /** Every refresh token so far, and until when it may come back. */
  rotated: Map<string, number>;
  current: Set<string>;
  isOver: boolean;
  isLoggedOut: boolean;
}

type Reply = [status: number, body?: object, headers?: Record<string, string>];

export const PASSWORD = 'a long enough passphrase';
const SLOW_MS = 50;
const REUSED: Reply = [401, { code: 'refresh_token_reused' }];
const INVALID: Reply = [401, { code: 'invalid_refresh_token' }];

/** Signs in, rotates and logs out like Gatehouse, but in memory and with a flaw. Access tokens are those of a session. */
export class FlawedServer {
  readonly sessions: FakeSession[] = [];
  /** What the next logins are answered instead. */
  readonly refusals: Reply[] = [];
  logins = 0;
  onLogin: (count: number) => void = () => {};
  private readonly server = createServer((request, response) => void this.serve(request, response));

  constructor(
    private readonly windowMs: number,
    private readonly flaw?: Flaw,
  ) {}

  async listen(): Promise<string> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this.url;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = readBody(await text(request));
    const access = request.headers.authorization?.replace('Bearer ', '') ?? '';
    const [status, answer, headers] = await this.answer(request.url!, body, access);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(answer && JSON.stringify(answer));
  }

  private async answer(path: string, body: any, access: string): Promise<Reply> {
    if (path === '/v1/auth/login') return this.logIn(body.password);
    if (path === '/v1/auth/refresh') return this.refresh(body.refresh_token);
    const { pathname, searchParams } = new URL(path, this.url);
    const asProvider = await this.answerClient(pathname, body, searchParams);
    if (asProvider) return asProvider;
    const session = this.sessions.find(({ id }) => access.startsWith(`access.${id}`));
    if (!session) return [401];
    if (path !== '/v1/auth/logout')
      return session.isOver && this.flaw !== 'access tokens outlive the logout' ? [401] : [200, {}];
    session.isOver = true;
    session.isLoggedOut = true;
    return [204];
  }

  /** The same sessions as those of a client, at the endpoints that its metadata names. */
  private async answerClient(path: string, body: any, query: URLSearchParams): Promise<Reply | undefined> {
    if (path === '/.well-known/openid-configuration') return [200, this.metadata];
    if (path === '/login') return [303, undefined, { 'set-cookie': 'gatehouse_sso=x; Path=/' }];
    if (path === '/authorize') return [303, undefined, { location: `${query.get('redirect_uri')}?code=x` }];
    if (path === '/end') return [200];
    if (path === '/revoke') {
      const session = this.sessions.find(({ id }) => body.token.startsWith(id));
      if (session) session.isOver = session.isLoggedOut = true;
      return [200];
    }
    if (path !== '/token') return undefined;
    const reply = body.code ? this.logIn(PASSWORD) : await this.refresh(body.refresh_token);
    return reply[0] === 401 ? [400, { error: 'invalid_grant' }] : reply;
  }

  private get metadata() {
    const endpoint = (name: string) => `${this.url}/${name}`;
    return {
      issuer: this.url,
      authorization_endpoint: endpoint('authorize'),
      token_endpoint: endpoint('token'),
      userinfo_endpoint: endpoint('userinfo'),
      revocation_endpoint: endpoint('revoke'),
      end_session_endpoint: endpoint('end'),
    };
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private logIn(password: string): Reply {
    this.onLogin(++this.logins);
    const refusal = this.refusals.shift();
    if (refusal) return refusal;
    if (password !== PASSWORD) return [401, { code: 'invalid_credentials' }];
    const session: FakeSession = {
      id: randomUUID(),
      rotated: new Map(),
      current: new Set(),
      isOver: false,
      isLoggedOut: false,
    };
    this.sessions.push(session);
    return this.minted(session);
  }

  private async refresh(token: string): Promise<Reply> {
    const session = this.sessions.find(({ id }) => token.startsWith(id));
    if (!session || session.isOver) return INVALID;
    const isKnown = session.current.has(token) || session.rotated.has(token);
    if (!isKnown) session.isOver = this.flaw === 'a forged token ends the session';
    if (!isKnown) return INVALID;
    if (this.flaw === 'a refresh outlives the logout') {
      // A slow database: the logout comes in between, and is forgotten.
      await setTimeout(SLOW_MS);
      if (session.isLoggedOut) session.isOver = false;
    }
    return session.rotated.has(token) ? this.again(session, token) : this.rotate(session, token);
  }

  private rotate(session: FakeSession, token: string): Reply {
    if (this.flaw === 'only the last rotation is remembered') session.rotated.clear();
    session.current.clear();
    session.rotated.set(token, Date.now() + this.windowMs);
    return this.minted(session);
  }

  private again(session: FakeSession, token: string): Reply {
    const isWithinWindow = Date.now() < session.rotated.get(token)!;
    if (isWithinWindow && this.flaw === 'each refresh mints a branch of its own') return this.minted(session);
    const isAnswered = isWithinWindow
      ? this.flaw !== 'a retry is refused'
      : this.flaw === 'a replay is answered';
    if (isAnswered) return tokens(session, [...session.current][0]!);
    session.isOver = this.flaw !== 'a replay ends nothing';
    if (this.flaw === 'a replay ends every session') this.sessions.forEach((each) => (each.isOver = true));
    return REUSED;
  }

  private minted(session: FakeSession): Reply {
    const token = `${session.id}.${randomUUID()}`;
    session.current.add(token);
    return tokens(session, token);
  }
}

/** JSON or a form. */
function readBody(sent: string): any {
  return sent.startsWith('{') ? JSON.parse(sent) : Object.fromEntries(new URLSearchParams(sent));
}

function tokens({ id }: FakeSession, refreshToken: string): Reply {
  return [200, { refresh_token: refreshToken, access_token: `access.${id}.${randomUUID()}` }];
}
