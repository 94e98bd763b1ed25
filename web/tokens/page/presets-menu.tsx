import { generateKey, writeKey } from '../key-writing.js';
import { presetsFor, type Preset } from '../presets.js';
import { sign } from '../signing.js';
import { keyText, paste } from './state.js';
import { settings, isSecure } from './settings.js';
import { t } from './texts.js';

/** Tokens to begin with, signed by a key that is made for them. */
export function Presets() {
  if (!isSecure) return null;
  const presets = presetsFor(settings.issuer, Math.floor(Date.now() / 1000));
  return (
    <section class="pane">
      <h2>{t('presets')}</h2>
      <ul class="presets">
        {presets.map((preset) => (
          <li key={preset.id}>
            <button class="small" type="button" onClick={() => void begin(preset)}>
              {preset.name}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

async function begin({ alg, header, claims }: Preset): Promise<void> {
  const key = await generateKey(alg);
  // RFC 9449 §4.2: a proof brings its key.
  const own = header['typ'] === 'dpop+jwt' ? { jwk: (await writeKey(key)).publicJwk } : { kid: key.kid };
  paste(await sign({ ...header, ...own }, JSON.stringify(claims), key));
  keyText.value = JSON.stringify(key, null, 2);
}
