import { decoded } from './state.js';
import { draft } from './editing.js';
import { Contents } from './contents.js';
import { Facts } from './facts.js';
import { KeyBox } from './key-box.js';
import { later } from './later.js';
import { isSecure } from './settings.js';
import { Share } from './share.js';
import { StatusLine } from './status-line.js';
import { t } from './texts.js';
import { TokenBox } from './token-box.js';

const Certificates = later(async () => (await import('./certificates.js')).Certificates);
const Disclosures = later(async () => (await import('./disclosures-table.js')).Disclosures);
const Editor = later(async () => (await import('./editor.js')).Editor);
const Encrypted = later(async () => (await import('./encrypted.js')).Encrypted);
const Presets = later(async () => (await import('./presets-menu.js')).Presets);
const ServerAnswer = later(async () => (await import('./server-answer.js')).ServerAnswer);
const Snippets = later(async () => (await import('./snippets-list.js')).Snippets);

/** The one pane: what stands about the token, the token, what is in it, and the key. */
export function Tool() {
  const current = decoded.value;
  const isReadable = current !== undefined && current.kind !== 'opaque';
  return (
    <div class="tool">
      <p class="lead">
        {t('lead')} <span class="promise">{t('private')}</span>
      </p>
      {!isSecure && <p class="notice bad">{t('insecure')}</p>}
      <StatusLine />
      <div class="columns">
        <TokenBox />
        <div class="column contents">
          {draft.value ? <Editor /> : isReadable ? <Contents /> : <Presets />}
          {current?.kind === 'jwe' && <Encrypted />}
          {current?.kind === 'sd-jwt' && <Disclosures />}
          {isReadable && <Facts />}
          {current && <ServerAnswer />}
        </div>
        <div class="column">
          <KeyBox />
          {isReadable && <Certificates />}
          {current && <Share />}
        </div>
      </div>
      <Snippets />
    </div>
  );
}
