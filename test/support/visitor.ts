/** A page as it came, with the forms in it. */
export interface Visited {
  status: number;
  /** Where the browser ended up, after redirects. */
  path: string;
  headers: Headers;
  html: string;
  /** What the redirects on the way were. */
  redirects: string[];
}

const MOST_REDIRECTS = 10;

/** A browser without script: it keeps cookies, follows redirects, and sends the forms that pages have. */
export class Visitor {
  readonly cookies = new Map<string, { value: string; path: string }>();
  page!: Visited;

  /** @param headers sent with every request, such as `accept-language` */
  constructor(
    readonly url: string,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Goes to a page. */
  async open(path: string, headers: Record<string, string> = {}): Promise<Visited> {
    return this.follow('GET', path, undefined, { 'sec-fetch-site': 'none', ...headers });
  }

  /**
   * Fills the form with this action in and sends it. Fields that have a value in the page are sent with it.
   * @throws when the page has no such form
   */
  async send(action: string, fields: Record<string, string> = {}): Promise<Visited> {
    return this.post(action, { ...filledFields(this.page.html, action), ...fields });
  }

  /** Posts a form that may stand in no page; `headers` are what a browser would say of where it comes from. */
  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = { origin: this.url, 'sec-fetch-site': 'same-origin' },
  ): Promise<Visited> {
    return this.follow('POST', path, new URLSearchParams(fields), headers);
  }

  /** The value of a cookie by the end of its name, without its prefix. */
  cookie(name: string): string | undefined {
    return [...this.cookies].find(([key]) => key.endsWith(name))?.[1].value;
  }

  private async follow(
    method: string,
    path: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string>,
  ): Promise<Visited> {
    const redirects: string[] = [];
    let answer = await this.request(method, path, body, headers);
    let at = path;
    while ([302, 303].includes(answer.status)) {
      at = answer.headers.get('location')!;
      redirects.push(at);
      if (redirects.length > MOST_REDIRECTS) throw new Error(`redirected for ever: ${redirects.join(', ')}`);
      if (!at.startsWith('/')) break;
      answer = await this.request('GET', at, undefined, { 'sec-fetch-site': 'same-origin' });
    }
    const html = await answer.text();
    this.page = { status: answer.status, path: at, headers: answer.headers, html, redirects };
    return this.page;
  }

  private async request(
    method: string,
    path: string,
    body: URLSearchParams | undefined,
    headers: Record<string, string>,
  ): Promise<Response> {
    const [pathname = ''] = path.split('?');
    const sent = [...this.cookies].filter(([, { path: scope }]) => pathname.startsWith(scope));
    const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.url + path, {
      method,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(cookie && { cookie }), ...this.headers, ...headers },
      ...(body && { body }),
    });
    for (const line of answer.headers.getSetCookie()) this.keep(line);
    return answer;
  }

  private keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((each) => each.startsWith('Path='))?.slice(5) ?? '/';
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
    else this.cookies.set(name, { value, path });
  }
}

/** The fields of the form with this action that have a value, hidden or not. @throws when there is none */
function filledFields(html: string, action: string): Record<string, string> {
  const form = [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].find(([, head]) =>
    head!.includes(`action="${action}"`),
  );
  if (!form) throw new Error(`the page has no form for ${action}:\n${html}`);
  const inputs = [...form[2]!.matchAll(/<input\b[^>]*\bvalue=[^>]*>/g)].map(([input]) => input);
  return Object.fromEntries(inputs.map((input) => [attribute(input, 'name'), attribute(input, 'value')]));
}

/** The forms of a page that are posted: where to, and every field with the value that it has. */
export function formsIn(html: string): { action: string; fields: Record<string, string> }[] {
  return [...html.matchAll(/<form\b([^>]*\bmethod="post"[^>]*)>(.*?)<\/form>/gs)].map(([, head, body]) => {
    const named = [...body!.matchAll(/<(?:input|select|button)\b[^>]*\bname=[^>]*>/g)].map(
      ([field]) => field,
    );
    const fields = named.map((field) => [attribute(field, 'name'), attribute(field, 'value')]);
    return { action: attribute(head!, 'action'), fields: Object.fromEntries(fields) };
  });
}

function attribute(tag: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? [];
  return value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
