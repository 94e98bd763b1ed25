import { PASSWORD } from './actors.js';
import type { TestApp } from './app.js';
import { pkce, REDIRECT, type TestClient } from './oauth.js';
import { Visitor, type Visited } from './visitor.js';

/** The address of an authorization request; `parameters` that are `undefined` are left out. */
export function authorizePath(
  client: Pick<TestClient, 'clientId'>,
  parameters: Record<string, string | undefined> = {},
): string {
  const all = {
    client_id: client.clientId,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid',
    state: 'the-state',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    ...parameters,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return `/oauth/authorize?${new URLSearchParams(given).toString()}`;
}

/** A browser without script that follows the pages that go on by themselves, as long as they are ours. */
export class OAuthVisitor extends Visitor {
  /** Sends an authorization request. */
  ask(client: TestClient, parameters: Record<string, string | undefined> = {}): Promise<Visited> {
    return this.open(authorizePath(client, parameters));
  }

  /** Sends the form with this action, and goes on. */
  override async send(action: string, fields: Record<string, string> = {}): Promise<Visited> {
    await super.send(action, fields);
    return this.goOn();
  }

  /** Signs in on the page that is open. */
  logIn(email: string, password: string = PASSWORD): Promise<Visited> {
    return this.send('/login', { email, password });
  }

  /** Goes on from pages that do so by themselves, until one stays or leads away. */
  async goOn(): Promise<Visited> {
    for (let hops = 0; hops < 10; hops++) {
      const next = refreshOf(this.page);
      if (!next?.startsWith('/')) return this.page;
      await this.open(next, { 'sec-fetch-site': 'same-origin' });
    }
    throw new Error(`led on for ever: ${this.page.path}`);
  }

  /** The parameters that the client got. @throws when the browser has not been led away */
  get back(): URLSearchParams {
    const target = refreshOf(this.page) ?? this.page.path;
    if (target.startsWith('/')) throw new Error(`still here, at ${target}:\n${this.page.html}`);
    return new URL(target).searchParams;
  }
}

/** A browser that has signed in on the page. */
export async function oauthVisitor(app: TestApp, person?: { email: string }): Promise<OAuthVisitor> {
  const visitor = new OAuthVisitor(app.url);
  if (!person) return visitor;
  await visitor.open('/login');
  await visitor.logIn(person.email);
  return visitor;
}

/** Where a page goes on to by itself. */
function refreshOf({ headers }: Visited): string | undefined {
  return headers.get('refresh')?.replace(/^0;url=/, '');
}
