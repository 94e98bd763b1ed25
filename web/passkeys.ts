/** What Level 3 of WebAuthn adds and the types of the language do not know yet. */
interface PasskeyCredentials {
  parseRequestOptionsFromJSON?: (options: unknown) => PublicKeyCredentialRequestOptions;
  parseCreationOptionsFromJSON?: (options: unknown) => PublicKeyCredentialCreationOptions;
  isConditionalMediationAvailable?: () => Promise<boolean>;
  signalUnknownCredential?: (options: { rpId: string; credentialId: string }) => Promise<void>;
}

const Passkeys = (globalThis as { PublicKeyCredential?: PasskeyCredentials }).PublicKeyCredential;
/** A browser waits for one at a time. */
let waiting: AbortController | undefined;

async function optionsFrom(path: string): Promise<unknown> {
  const answer = await fetch(path, { method: 'POST' });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** Asks the authenticator, and sends what it gives with the form. @throws when there is nothing to send */
async function send(form: HTMLFormElement, mediation?: CredentialMediationRequirement): Promise<void> {
  waiting?.abort();
  waiting = new AbortController();
  const { signal } = waiting;
  const options = await optionsFrom('/v1/auth/passkeys/options');
  const publicKey = Passkeys!.parseRequestOptionsFromJSON!(options);
  const credential = await navigator.credentials.get({ publicKey, signal, ...(mediation && { mediation }) });
  fill(form, credential);
}

function fill(form: HTMLFormElement, credential: Credential | null): void {
  const field = form.elements.namedItem('passkey') as HTMLInputElement;
  field.value = JSON.stringify(credential);
  form.submit();
}

function fail(form: HTMLFormElement): void {
  const status = form.querySelector<HTMLElement>('[role=status]');
  if (status) status.textContent = status.dataset['failed'] ?? '';
  delete form.dataset['sent'];
}

/** Makes the button of a form ask for a passkey. */
export function preparePasskeyForm(form: HTMLFormElement): void {
  if (!Passkeys?.parseRequestOptionsFromJSON) return;
  form.dataset['ready'] = '';
  const { unknown } = form.dataset;
  // So that the browser does not offer it again.
  if (unknown)
    void Passkeys.signalUnknownCredential?.({ rpId: location.hostname, credentialId: unknown }).catch(
      () => {},
    );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form).catch(() => fail(form));
  });
}

/** Has the browser offer passkeys in the field of the address. When that fails nothing is said, and nothing begins again. */
export async function offerPasskeys(form: HTMLFormElement): Promise<void> {
  if (!(await Passkeys?.isConditionalMediationAvailable?.())) return;
  await send(form, 'conditional').catch(() => {});
}

/** Makes the button of a form register a passkey. */
export function prepareRegistration(form: HTMLFormElement): void {
  if (!Passkeys?.parseCreationOptionsFromJSON) return;
  form.dataset['ready'] = '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    register(form).catch(() => fail(form));
  });
}

async function register(form: HTMLFormElement): Promise<void> {
  // What the page was rendered with: the API would ask for an access token.
  const options: unknown = JSON.parse(form.dataset['options']!);
  const publicKey = Passkeys!.parseCreationOptionsFromJSON!(options);
  fill(form, await navigator.credentials.create({ publicKey }));
}
