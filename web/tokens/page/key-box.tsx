import { textIn } from '../json.js';
import { signDraft } from './editing.js';
import { textOfDrop } from './dropping.js';
import { later } from './later.js';
import { decoded, given, keyText } from './state.js';
import { host, settings } from './settings.js';
import { said, t } from './texts.js';

const KeyForms = later(async () => (await import('./key-forms.js')).KeyForms);
const KeyMaker = later(async () => (await import('./key-maker.js')).KeyMaker);

function take(text: string): void {
  keyText.value = text;
  void signDraft();
}

/** The key to verify, sign or decrypt with, in any form. */
export function KeyBox() {
  const { keys, problems } = given.value;
  const isGiven = keyText.value.trim() !== '';
  return (
    <section class="pane">
      <div class="bar">
        <label for="key">{t('key')}</label>
        <button class="quiet small" type="button" onClick={() => take('')} disabled={!isGiven}>
          {t('clear')}
        </button>
      </div>
      <textarea
        id="key"
        class="code"
        rows={4}
        spellcheck={false}
        autocomplete="off"
        aria-describedby="key-hint key-read"
        value={keyText.value}
        onInput={({ currentTarget }) => take(currentTarget.value)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={async (event) => {
          const text = await textOfDrop(event);
          if (text !== undefined) take(text);
        }}
      />
      <p class="hint" id="key-hint">
        {t('keyHint')} {settings.jwks.keys.length > 0 && t('ownKeys', { count: settings.jwks.keys.length })}
      </p>
      <div id="key-read">
        {problems.map((each) => (
          <p class="error" key={each.code}>
            {said(each)}
          </p>
        ))}
        {isGiven && keys.length > 0 && (
          <p class="hint">
            {t('keyRead')}: {keys.map(({ readAs }) => said(readAs)).join(', ')}
          </p>
        )}
      </div>
      <RemoteKeys />
      <KeyMaker use={take} />
      {isGiven && <KeyForms />}
    </section>
  );
}

/** Where the keys of another issuer may be; a link, so that nothing is fetched without a click that says where. */
function RemoteKeys() {
  const { header, claims } = decoded.value ?? {};
  const addresses = [textIn(header, 'jku'), discovery(textIn(claims, 'iss'))].filter(
    (each) => each !== undefined,
  );
  const foreign = addresses.filter((each) => isForeign(each));
  if (foreign.length === 0) return null;
  const hosts = [...new Set(foreign.map((each) => new URL(each).host))];
  return (
    <div class="hint">
      {hosts.map((name) => (
        <p key={name}>
          <a
            href={foreign.find((each) => new URL(each).host === name)}
            target="_blank"
            rel="noopener noreferrer"
          >
            {t('openKeys', { host: name })}
          </a>{' '}
          {t('openKeysHint', { host: name })}
        </p>
      ))}
    </div>
  );
}

/** OpenID Connect Discovery §4: the document that says where the keys are. */
function discovery(issuer: string | undefined): string | undefined {
  return issuer === undefined ? undefined : `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

function isForeign(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return (
    url !== undefined &&
    ['http:', 'https:'].includes(url.protocol) &&
    url.host !== host &&
    url.origin !== settings.issuer
  );
}
