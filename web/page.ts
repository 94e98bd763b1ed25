// The one script of pages. Everything but passkeys works without it.
import { offerPasskeys, preparePasskeyForm, prepareRegistration } from './passkeys.js';

/** What links in mail carry in their fragment, which no server gets to see: the purpose and the token. */
const MAILED = /^#([vcr]\.[\w-]{43})$/;

const forms = [...document.forms];

for (const form of forms) {
  // A second click sends nothing: the first is on its way.
  form.addEventListener('submit', (event) => {
    if (form.dataset['sent'] !== undefined) event.preventDefault();
    form.dataset['sent'] = '';
  });
}
// Back shows the page as it was left, and its forms can be sent again.
addEventListener('pageshow', () => forms.forEach((form) => delete form.dataset['sent']));

document.querySelector<HTMLElement>('[data-focus]')?.focus();

function openMailed(): void {
  const mailed = MAILED.exec(location.hash)?.[1];
  if (!mailed) return;
  // Out of the history, for the next user of this browser.
  history.replaceState(null, '', location.pathname + location.search);
  const form = document.querySelector<HTMLFormElement>('form[data-mailed]');
  const field = form?.elements.namedItem('mailed');
  if (form && field instanceof HTMLInputElement) {
    field.value = mailed;
    // It looks only; what changes something is a button of the page that comes.
    form.requestSubmit();
  } else location.assign(`/code#${mailed}`);
}
openMailed();
// Another link of a mail in a tab that shows its page already: the browser changes the fragment and loads nothing.
addEventListener('hashchange', openMailed);

for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', () => {
    const source = document.getElementById(button.dataset['copy']!);
    void navigator.clipboard.writeText(source?.textContent ?? '').then(() => {
      button.textContent = button.dataset['copied']!;
    });
  });
}

for (const form of forms) {
  if (form.dataset['passkey'] === 'get') preparePasskeyForm(form);
  if (form.dataset['passkey'] === 'create') prepareRegistration(form);
}
const conditional = forms.find((form) => form.dataset['conditional'] !== undefined);
if (conditional) void offerPasskeys(conditional);
