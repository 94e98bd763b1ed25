import { useSignal } from '@preact/signals';
import { GENERATABLE, generateKey } from '../key-writing.js';
import { textIn } from '../json.js';
import { change, draft, draftHeader } from './editing.js';
import { decoded } from './state.js';
import { t } from './texts.js';

/** Makes a key of any type and puts it into the box. */
export function KeyMaker({ use }: { use: (text: string) => void }) {
  const alg = useSignal<string>();
  const isBusy = useSignal(false);
  const usual = textIn(decoded.value?.header, 'alg');
  const chosen = alg.value ?? (usual && GENERATABLE.includes(usual) ? usual : 'ES256');
  const make = async () => {
    isBusy.value = true;
    try {
      const key = await generateKey(chosen);
      if (draft.value && draftHeader.value)
        await change({
          header: JSON.stringify({ ...draftHeader.value, alg: chosen, kid: key.kid }, null, 2),
        });
      use(JSON.stringify(key, null, 2));
    } finally {
      isBusy.value = false;
    }
  };
  return (
    <details>
      <summary>{t('makeKey')}</summary>
      <div class="bar">
        <label for="make-alg">{t('makeKeyFor')}</label>
        <select
          id="make-alg"
          value={chosen}
          onChange={({ currentTarget }) => (alg.value = currentTarget.value)}
        >
          {GENERATABLE.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        <button class="small" type="button" onClick={make} disabled={isBusy.value}>
          {t('make')}
        </button>
      </div>
    </details>
  );
}
