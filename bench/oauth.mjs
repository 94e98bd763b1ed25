// Prepares this server's token endpoint: clients, users who are signed in in a browser, and codes for them.
import { randomBytes } from 'node:crypto';
import { basic, challenge, codeFields, form, SCOPE } from './oauth-requests.mjs';
import { password } from './peers/common.mjs';

const REDIRECT = 'https://app.example/callback';
/** Who the codes are for, in turn. */
const USERS = 64;
const AT_ONCE = 16;

/** What is asked of the token endpoint, each with what it needs. */
export async function oauth(port) {
  const server = new Prepared(port);
  await server.signInAdmin();
  return {
    refreshes: async (count) => {
      const { clientId } = await server.client({ applicationType: 'native', redirectUris: [REDIRECT] });
      const current = [];
      for (const { cookie } of await server.browsers(count)) {
        const code = await server.code(clientId, cookie);
        current.push((await server.post('/oauth/token', codeFields(clientId, code, REDIRECT))).refresh_token);
      }
      const request = (token) =>
        form('/oauth/token', { grant_type: 'refresh_token', client_id: clientId, refresh_token: token });
      return { current, request };
    },
    credentials: async () => {
      const made = await server.client({ grantTypes: ['client_credentials'], redirectUris: [] });
      await server.json('PUT', `/v1/users/${made.serviceAccountId}/roles`, { roles: ['user'] });
      const fields = { grant_type: 'client_credentials', scope: SCOPE };
      return form('/oauth/token', fields, basic(made.clientId, made.clientSecret));
    },
    codes: async () => {
      const { clientId } = await server.client({ applicationType: 'native', redirectUris: [REDIRECT] });
      const browsers = await server.browsers(USERS);
      const make = (count) => server.codes(clientId, browsers, count);
      return { make, request: (code) => form('/oauth/token', codeFields(clientId, code, REDIRECT)) };
    },
    introspections: async () => {
      const { clientId, clientSecret } = await server.client({ redirectUris: [REDIRECT] });
      const [{ cookie }] = await server.browsers(1);
      const fields = codeFields(clientId, await server.code(clientId, cookie), REDIRECT);
      const secret = { client_secret: clientSecret };
      const tokens = await server.post('/oauth/token', { ...fields, ...secret });
      const ask = (token) => form('/oauth/introspect', { token }, basic(clientId, clientSecret));
      return [ask(tokens.access_token), ask(tokens.refresh_token)];
    },
  };
}

/** A server that is being prepared; nothing of it is measured. */
class Prepared {
  #admin = {};

  constructor(port) {
    this.url = `http://127.0.0.1:${port}`;
    this.origin = `http://localhost:${port}`;
  }

  async signInAdmin() {
    const { access_token } = await this.json('POST', '/v1/auth/login', {
      email: 'admin@localhost',
      password,
    });
    this.#admin = { authorization: `Bearer ${access_token}` };
  }

  client(settings) {
    return this.json('POST', '/v1/oauth/clients', { name: 'bench', kind: 'first-party', ...settings });
  }

  async browsers(count) {
    const made = [];
    while (made.length < count) {
      const email = `bench-${randomBytes(8).toString('hex')}@example.com`;
      await this.json('POST', '/v1/auth/signup', { email, password });
      const body = new URLSearchParams({ email, password });
      const { headers } = await fetch(`${this.url}/login`, {
        method: 'POST',
        body,
        headers: { origin: this.origin },
        redirect: 'manual',
      });
      made.push({
        cookie: headers
          .getSetCookie()
          .map((each) => each.split(';', 1)[0])
          .join('; '),
      });
    }
    return made;
  }

  async codes(clientId, browsers, count) {
    const made = [];
    let begun = 0;
    const maker = async () => {
      while (begun < count) made.push(await this.code(clientId, browsers[begun++ % browsers.length].cookie));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, maker));
    return made;
  }

  async code(clientId, cookie) {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: REDIRECT,
      scope: `openid ${SCOPE}`,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
    const answer = await fetch(`${this.url}/oauth/authorize?${query}`, {
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    const code = new URL(answer.headers.get('location') ?? '', this.url).searchParams.get('code');
    if (!code) throw new Error(`no code: ${answer.status} ${answer.headers.get('location')}`);
    return code;
  }

  async post(path, fields) {
    return bodyOf(await fetch(this.url + path, { method: 'POST', body: new URLSearchParams(fields) }));
  }

  async json(method, path, data) {
    const headers = { 'content-type': 'application/json', ...this.#admin };
    const request = { method, headers, body: JSON.stringify(data) };
    return bodyOf(await fetch(this.url + path, request));
  }
}

async function bodyOf(answer) {
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
