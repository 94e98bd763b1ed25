// The same scenarios for the sessions of an OAuth client, rotated at the token endpoint (RFC 6749 §6).
import { createHash, randomBytes } from 'node:crypto';
import { Deployment } from './deployment.mjs';
import { CannotRun, told } from './outcomes.mjs';
import { Session } from './session.mjs';

const DISCOVERY = '/.well-known/openid-configuration';

/** A running Gatehouse, and the sessions that a client has of one browser. */
export class OAuthDeployment extends Deployment {
  #client;
  /** Paths below the URL that was given: nothing goes to another server. */
  paths;
  #origin;
  #cookie;
  #idToken;

  constructor(options, stop, say) {
    super(options, stop, say);
    this.#client = options.client;
  }

  /** A code for tokens; the browser signs in once, and before the first. */
  async signIn() {
    this.paths ??= await this.#discover();
    this.#cookie ??= await this.#signInBrowser();
    const verifier = randomBytes(32).toString('base64url');
    const answer = await this.askToken({
      grant_type: 'authorization_code',
      code: await this.#codeFor(verifier),
      code_verifier: verifier,
      redirect_uri: this.#client.redirectUri,
    });
    if (answer.status === 200 && !answer.body?.refresh_token)
      throw new CannotRun('the client gets no refresh tokens; register it for the grant refresh_token');
    if ([400, 401].includes(answer.status))
      throw new CannotRun(
        `the token endpoint answered ${told(answer)}; are the client and its secret right?`,
      );
    this.#idToken = answer.body?.id_token;
    return answer;
  }

  sessionOf(tokens) {
    return new ClientSession(this, tokens);
  }

  /** A request to the token endpoint, which may be refused as one too many. */
  askToken(form, hangUp) {
    return this.send('POST', this.paths.token, this.#authenticated(form, hangUp));
  }

  revoke(token) {
    return this.send('POST', this.paths.revocation, this.#authenticated({ token }));
  }

  /** Of the browser. */
  async signOut() {
    if (!this.#idToken) return;
    const query = new URLSearchParams({ id_token_hint: this.#idToken });
    await this.ask('GET', `${this.paths.endSession}?${query}`, { headers: this.#browser() }).catch(() => {});
  }

  async #discover() {
    const { status, body } = await this.ask('GET', DISCOVERY);
    const { issuer } = body ?? {};
    if (status !== 200 || !URL.canParse(issuer ?? ''))
      throw new CannotRun(`${this.url}${DISCOVERY} answered ${status}; is OAuth on?`);
    this.#origin = new URL(issuer).origin;
    const pathOf = (name) => {
      const endpoint = String(body[`${name}_endpoint`]);
      if (!endpoint.startsWith(`${issuer}/`)) throw new CannotRun(`${name}_endpoint is not below ${issuer}`);
      return endpoint.slice(issuer.length);
    };
    return {
      authorization: pathOf('authorization'),
      token: pathOf('token'),
      userinfo: pathOf('userinfo'),
      revocation: pathOf('revocation'),
      endSession: pathOf('end_session'),
    };
  }

  async #signInBrowser() {
    const answer = await this.ask('POST', '/login', { form: this.credentials, headers: this.#browser() });
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';', 1)[0]);
    if (cookies.some((cookie) => /gatehouse_sso=./.test(cookie))) return cookies.join('; ');
    throw new CannotRun(
      `the page for signing in answered ${told(answer)}: a wrong password, a second factor, or no pages there`,
    );
  }

  async #codeFor(verifier) {
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: this.#client.id,
      redirect_uri: this.#client.redirectUri,
      scope: 'openid',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const path = `${this.paths.authorization}?${query}`;
    const answer = await this.ask('GET', path, { headers: this.#browser() });
    const target = answer.headers.get('location') ?? '';
    const found = URL.canParse(target) ? new URL(target).searchParams : new URLSearchParams();
    if (found.has('code')) return found.get('code');
    if (target.startsWith('/consent'))
      throw new CannotRun('the client needs consent: give it once in a browser, as this user');
    const why = /^[a-z_]{1,60}$/.exec(found.get('error') ?? '')?.[0];
    throw new CannotRun(`no code: ${why ?? told(answer)}; are --client-id and --redirect-uri right?`);
  }

  #browser() {
    return { accept: 'text/html', origin: this.#origin, ...(this.#cookie && { cookie: this.#cookie }) };
  }

  #authenticated(form, hangUp) {
    const { id, secret } = this.#client;
    if (secret === undefined) return { form: { ...form, client_id: id }, hangUp };
    const credentials = Buffer.from([id, secret].map(formEncoded).join(':')).toString('base64');
    return { form, headers: { authorization: `Basic ${credentials}` }, hangUp };
  }
}

/** A session of the client. */
class ClientSession extends Session {
  rotate(token, hangUp) {
    return this.deployment.askToken({ grant_type: 'refresh_token', refresh_token: token }, hangUp);
  }

  logOut() {
    return this.deployment.revoke(this.refreshToken);
  }

  opens(accessToken) {
    return super.opens(accessToken, this.deployment.paths.userinfo);
  }

  async end() {
    const answers = await Promise.all(this.pairs.map(([token]) => this.deployment.revoke(token)));
    return answers.every(({ status }) => status === 200);
  }
}

/** RFC 6749 §2.3.1 */
function formEncoded(text) {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
