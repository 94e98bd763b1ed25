import { checkAnswer } from './answers.js';

/** What came back, read once. */
export interface Answer<Body = any> {
  status: number;
  headers: Headers;
  body: Body;
  text: string;
}

type Headers_ = Record<string, string>;

/** Speaks HTTP to the server under test, with the same headers on every request. */
export class Client {
  constructor(
    readonly url: string,
    readonly headers: Headers_ = {},
  ) {}

  get = (path: string, headers?: Headers_) => this.send('GET', path, undefined, headers);
  delete = (path: string, headers?: Headers_) => this.send('DELETE', path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Headers_) => this.send('POST', path, body, headers);
  put = (path: string, body?: unknown, headers?: Headers_) => this.send('PUT', path, body, headers);
  patch = (path: string, body?: unknown, headers?: Headers_) => this.send('PATCH', path, body, headers);

  /** Sends `body` as JSON; a string is sent as it is. @throws Error when the answer is not as the server describes it */
  async send(method: string, path: string, body?: unknown, headers: Headers_ = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...this.headers,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
    });
    const text = await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const answer = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
      text,
    };
    await checkAnswer(this.url, method, path, answer);
    return answer;
  }

  with(headers: Headers_): Client {
    return new Client(this.url, { ...this.headers, ...headers });
  }
}

/** A user who is signed in. */
export class SignedIn extends Client {
  constructor(
    url: string,
    readonly email: string,
    readonly password: string,
    readonly tokens: { access_token: string; refresh_token: string; scope: string },
    readonly id: string,
  ) {
    super(url, { authorization: `Bearer ${tokens.access_token}` });
  }

  /** The same session with the tokens that a refresh gives. */
  async refreshed(): Promise<SignedIn> {
    const { body } = await this.post('/v1/auth/refresh', { refresh_token: this.tokens.refresh_token });
    return new SignedIn(this.url, this.email, this.password, body, this.id);
  }
}
