import { useRef } from 'preact/hooks';
import type { Defect, PartName } from '../decoding.js';
import { draft, original } from './editing.js';
import { CopyButton } from './copy-button.js';
import { textOfDrop } from './dropping.js';
import { decoded, found, chosen, pasted, paste, token } from './state.js';
import { said, t } from './texts.js';
import { KIND_OF, sentence } from './status-line.js';
import { Icon } from './icon.js';

/** More than this is shown without colours, which would cost more than they tell. */
const MOST_COLOURED = 20_000;

function take(text: string): void {
  draft.value = undefined;
  original.value = undefined;
  paste(text);
}

async function drop(event: DragEvent): Promise<void> {
  const text = await textOfDrop(event);
  if (text !== undefined) take(text);
}

/** Where the token is pasted, with its parts in colours and its defects marked. */
export function TokenBox() {
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <section class="pane">
      <div class="bar">
        <label for="token">{t('token')}</label>
        <CopyButton text={token.value} isQuiet />
        <button class="quiet small" type="button" onClick={() => take('')} disabled={pasted.value === ''}>
          {t('clear')}
        </button>
      </div>
      <div class="coloured">
        <Colours />
        <textarea
          ref={field}
          id="token"
          class={`token${pasted.value.length > MOST_COLOURED ? ' huge' : ''}`}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          autofocus
          rows={8}
          wrap={pasted.value.length > MOST_COLOURED ? 'off' : 'soft'}
          aria-describedby="token-hint"
          value={pasted.value}
          onInput={({ currentTarget }) => take(currentTarget.value)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={drop}
        />
      </div>
      <p class="hint" id="token-hint">
        {t('tokenHint')}
      </p>
      <FoundList />
      <Defects select={(at) => selectIn(field.current!, at)} />
    </section>
  );
}

/** The tokens of a text, when there are several. */
function FoundList() {
  if (found.value.length < 2) return null;
  return (
    <fieldset class="choices">
      <legend>{t('found', { count: found.value.length })}</legend>
      {found.value.map(({ label }, position) => (
        <label key={position}>
          <input
            type="radio"
            name="found"
            checked={position === chosen.value}
            onChange={() => (chosen.value = position)}
          />
          <span>{label ?? t('foundUnnamed', { number: position + 1 })}</span>
        </label>
      ))}
    </fieldset>
  );
}

function Defects({ select }: { select: (at: number) => void }) {
  const { defects = [], kind } = decoded.value ?? {};
  if (defects.length === 0 || kind === 'opaque') return null;
  return (
    <section class="defects" aria-label={t('defects')}>
      <ul>
        {defects.map((each, position) => (
          <li key={position} class={KIND_OF[each.severity]}>
            <Icon name={each.severity === 'error' ? 'cross' : 'warning'} />
            <span>{sentence(each.note)}</span>
            <button class="quiet small" type="button" onClick={() => select(each.at)}>
              {placeOf(each)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function placeOf({ at, byte, part }: Defect): string {
  return byte === undefined ? t('place', { at }) : t('placeByte', { at, byte, part });
}

/** Where in the text the token that is looked at begins; -1 when lines were joined. */
function offset(): number {
  return pasted.value.indexOf(token.value);
}

function selectIn(field: HTMLTextAreaElement, at: number): void {
  const from = Math.max(0, offset()) + at;
  field.focus();
  field.setSelectionRange(from, from + 1);
}

/** The same text behind the field, in colours; the field itself shows none. */
function Colours() {
  const current = decoded.value;
  const start = offset();
  if (!current || start < 0 || pasted.value.length > MOST_COLOURED) return null;
  const marks = new Map(
    current.defects.filter(({ part }) => part !== 'token').map((each) => [each.at, each]),
  );
  return (
    <div class="colours" aria-hidden="true">
      {pasted.value.slice(0, start)}
      {current.parts.map(({ name, raw, start: at }, position) => (
        <>
          {position > 0 && '.'}
          <Coloured key={name} name={name} raw={raw} at={at} marks={marks} />
        </>
      ))}
      {pasted.value.slice(start + current.jwt.length) + '\n'}
    </div>
  );
}

interface ColouredProps {
  name: PartName;
  raw: string;
  at: number;
  marks: Map<number, Defect>;
}

function Coloured({ name, raw, at, marks }: ColouredProps) {
  const places = [...marks.keys()]
    .filter((place) => place >= at && place < at + raw.length)
    .toSorted((a, b) => a - b);
  let from = 0;
  const pieces = places.flatMap((place) => {
    const piece = raw.slice(from, place - at);
    from = place - at + 1;
    return [piece, <mark title={said(marks.get(place)!.note)}>{raw[place - at]}</mark>];
  });
  return (
    <span class={`part-${name.replace(' ', '-')}`}>
      {pieces}
      {raw.slice(from)}
    </span>
  );
}
