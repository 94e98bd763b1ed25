import { request } from 'node:http';
import { ISSUER, type Person } from './gatehouse.js';

const MOST_STEPS = 20;

/** A browser without script: it keeps cookies by host, follows redirects, and fills in the forms of Gatehouse. */
export class Browser {
  private readonly cookies = new Map<string, Map<string, string>>();

  /** @param person who signs in where that is asked for */
  constructor(private readonly person: Person) {}

  /**
   * Opens an address and does what the pages ask until one leads to `until`, which is not opened; gives the address there.
   * @throws when a page of Gatehouse leads nowhere
   */
  async follow(address: string | URL, until: (url: URL) => boolean): Promise<URL> {
    let url = new URL(address);
    let response = await this.fetch(url);
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = nextOf(response, url);
      if (next && until(next)) return next;
      if (next) response = await this.fetch((url = next));
      else [url, response] = await this.fillIn(url, response);
    }
    throw new Error(`never came to an end at ${url.href}`);
  }

  /** Opens an address and does what the pages ask until one asks for nothing more. */
  async finish(address: string): Promise<void> {
    let url = new URL(address);
    let response = await this.fetch(url);
    for (let step = 0; step < MOST_STEPS; step++) {
      const next = nextOf(response, url);
      if (next) response = await this.fetch((url = next));
      else if (formOf(await response.clone().text())) [url, response] = await this.fillIn(url, response);
      else return;
    }
  }

  /** Follows an authorization request to its redirect URI, which answers nothing itself. */
  authorize(address: string | URL): Promise<URL> {
    const redirect = new URL(address).searchParams.get('redirect_uri');
    return this.follow(address, (url) =>
      redirect === null ? url.origin !== ISSUER : url.href.startsWith(redirect),
    );
  }

  /** Opens an address with the cookies that belong to it. */
  async fetch(url: URL, form?: Record<string, string>): Promise<Response> {
    const jar = this.jarOf(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await send(url, cookie, form && new URLSearchParams(form).toString());
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** Forgets the cookies of a site. */
  forget(site: string): void {
    this.cookies.delete(new URL(site).host);
  }

  private jarOf({ host }: URL): Map<string, string> {
    const jar = this.cookies.get(host) ?? new Map<string, string>();
    this.cookies.set(host, jar);
    return jar;
  }

  /** The form of a page: a sign-in with the person's password, anything else with the button that goes on. */
  private async fillIn(url: URL, response: Response): Promise<[URL, Response]> {
    const html = await response.text();
    const form = formOf(html);
    if (!form) throw new Error(`${url.href} answered ${response.status}: ${html.slice(0, 2_000)}`);
    const action = new URL(form.action || url.href, url);
    const known: Record<string, string> = { email: this.person.email, password: this.person.password };
    const fields = Object.entries(form.fields).map(([name, value]) => [name, known[name] ?? value]);
    return [action, await this.fetch(action, Object.fromEntries(fields))];
  }
}

/** As a browser navigates: Node's `fetch` says `sec-fetch-mode: cors` of itself, to which mod_auth_openidc answers 401. */
function send(url: URL, cookie: string, form: string | undefined): Promise<Response> {
  const headers = {
    accept: 'text/html',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    ...(cookie && { cookie }),
    ...(form !== undefined && {
      origin: url.origin,
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(form)),
    }),
  };
  return new Promise((resolve, reject) => {
    request(url, { method: form === undefined ? 'GET' : 'POST', headers }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values]) =>
        values!.map((value): [string, string] => [name, value]),
      );
      const status = answer.statusCode!;
      resolve(new Response(status === 204 ? null : body, { status, headers: new Headers(pairs) }));
    })
      .on('error', reject)
      .end(form);
  });
}

function nextOf(response: Response, from: URL): URL | undefined {
  const target =
    response.headers.get('location') ?? response.headers.get('refresh')?.replace(/^0;\s*url=/i, '');
  return target === undefined || target === null ? undefined : new URL(target, from);
}

interface Form {
  action: string;
  fields: Record<string, string>;
}

/** The first form of a page that posts something, with the button that goes on. */
function formOf(html: string): Form | undefined {
  const forms = html.match(/<form\b[^>]*>.*?<\/form>/gis) ?? [];
  const form = forms.find((each) => /^<form\b[^>]*method="?post/i.test(each));
  if (!form) return undefined;
  const fields: Record<string, string> = {};
  for (const [tag] of form.matchAll(/<input\b[^>]*>/gi)) {
    const name = attribute(tag, 'name');
    const isOff = attribute(tag, 'type') === 'checkbox' && !/\schecked\b/i.test(tag);
    if (name && !isOff) fields[name] = attribute(tag, 'value') ?? '';
  }
  const buttons = form.match(/<button\b[^>]*>/gi) ?? [];
  const button = buttons.find((tag) => attribute(tag, 'class') === 'primary') ?? buttons[0] ?? '';
  const name = attribute(button, 'name');
  if (name) fields[name] = attribute(button, 'value') ?? '';
  return { action: attribute(/^<form\b[^>]*>/i.exec(form)![0], 'action') ?? '', fields };
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}
