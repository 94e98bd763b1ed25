import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { servePages } from './http/pages.js';

/** What the links in mail lead to. A GET changes nothing, for mail scanners open links: somebody has to press a button. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Account</title>
  </head>
  <body>
    <main>
      <h1 id="title">Account</h1>
      <form id="form" hidden>
        <p id="password" hidden>
          <label>New password <input type="password" name="password" autocomplete="new-password" minlength="8"></label>
        </p>
        <p id="code" hidden>
          <label>Code of your second factor <input name="code" autocomplete="one-time-code"></label>
        </p>
        <button>Go on</button>
      </form>
      <p id="outcome" role="status"></p>
    </main>
    <script src="/account/account.js"></script>
  </body>
</html>
`;

const SCRIPT = `const PAGES = {
  v: { title: 'Confirm your e-mail address', path: '/v1/auth/email/verification/confirm' },
  c: { title: 'Confirm your new e-mail address', path: '/v1/auth/email/change/confirm' },
  r: { title: 'Choose a new password', path: '/v1/auth/password/reset/confirm', asksPassword: true },
};
const [purpose, token] = location.hash.slice(1).split('.');
const page = PAGES[purpose];
// Out of the history, for whoever uses this browser next.
history.replaceState(null, '', location.pathname);
const element = (id) => document.getElementById(id);
const form = element('form');

if (page) {
  document.title = element('title').textContent = page.title;
  form.hidden = false;
  form.elements.password.required = page.asksPassword === true;
  element('password').hidden = !page.asksPassword;
} else {
  element('outcome').textContent = 'Open the link in the mail once more, as a whole.';
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  form.querySelector('button').disabled = true;
  const body = page.asksPassword ? { token, password: form.elements.password.value } : { token };
  if (!element('code').hidden) body.code = form.elements.code.value;
  const answer = await fetch(page.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  form.hidden = answer?.ok === true;
  form.querySelector('button').disabled = false;
  const problem = answer?.ok ? undefined : await answer?.json().catch(() => undefined);
  if (problem?.code === 'mfa_required') element('code').hidden = false;
  element('outcome').textContent = answer?.ok ? 'Done. You can log in now.' : (problem?.detail ?? 'That did not work; try again.');
});
`;

/** Serves the page that the links in mail lead to. */
export function serveAccountPage(app: NestFastifyApplication): void {
  servePages(app.getHttpAdapter().getInstance() as unknown as FastifyInstance, {
    '/account': ['text/html', () => PAGE],
    '/account/account.js': ['text/javascript', () => SCRIPT],
  });
}
