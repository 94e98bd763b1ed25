import { ALGORITHMS } from '../algorithms.js';
import { textIn } from '../json.js';
import {
  change,
  draft,
  draftHeader,
  isInsisting,
  original,
  refusal,
  renewTimes,
  signDraft,
  stopEditing,
  undoEditing,
} from './editing.js';
import { now } from './state.js';
import { t } from './texts.js';

const ALGORITHM_NAMES = [...ALGORITHMS.map(({ name }) => name), 'none'];

/** Header and claims as fields; each change signs the token again. */
export function Editor() {
  const { header, payload } = draft.value!;
  return (
    <section class="pane editing">
      <p class="notice">{t('editing')}</p>
      <div class="bar">
        <label for="algorithm">{t('algorithm')}</label>
        <AlgorithmSelect />
        <button class="small" type="button" onClick={() => renewTimes(Math.floor(now.value / 1000))}>
          {t('renewTimes')}
        </button>
      </div>
      <label for="draft-header" class="part-header">
        {t('header')}
      </label>
      <textarea
        id="draft-header"
        class="code"
        rows={header.split('\n').length + 1}
        spellcheck={false}
        value={header}
        aria-invalid={draftHeader.value ? undefined : true}
        onInput={({ currentTarget }) => void change({ header: currentTarget.value })}
      />
      <label for="draft-payload" class="part-payload">
        {t('claims')}
      </label>
      <textarea
        id="draft-payload"
        class="code"
        rows={Math.min(24, payload.split('\n').length + 1)}
        spellcheck={false}
        value={payload}
        onInput={({ currentTarget }) => void change({ payload: currentTarget.value })}
      />
      <Insist />
      <div class="bar">
        <button class="primary small" type="button" onClick={stopEditing}>
          {t('stopEditing')}
        </button>
        {original.value !== '' && (
          <button class="small" type="button" onClick={undoEditing}>
            {t('undo')}
          </button>
        )}
      </div>
    </section>
  );
}

function AlgorithmSelect() {
  const current = draftHeader.value;
  const choose = (alg: string) => void change({ header: JSON.stringify({ ...current, alg }, null, 2) });
  return (
    <select
      id="algorithm"
      value={textIn(current, 'alg')}
      disabled={!current}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      {ALGORITHM_NAMES.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

/** A weak secret is advised against, and not refused for ever. */
function Insist() {
  if (!refusal.value?.isAdvice && !isInsisting.value) return null;
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={isInsisting.value}
        onChange={({ currentTarget }) => {
          isInsisting.value = currentTarget.checked;
          void signDraft();
        }}
      />
      <span>{t('insist')}</span>
    </label>
  );
}
