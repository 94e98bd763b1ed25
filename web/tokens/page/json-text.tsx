import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { timeOf, TIMES } from '../times.js';
import { dateInWords, t } from './texts.js';

/** More than this is shown in one colour. */
const MOST_COLOURED = 40_000;
/** Laying out a megabyte takes longer than reading it. */
const MOST_SHOWN = 50_000;
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON in colours, with the date next to a number that is a time; a huge one is cut until the user asks for all of it. */
export function JsonText({ value, label }: { value: unknown; label: string }) {
  const isWhole = useSignal(false);
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const isCut = text.length > MOST_SHOWN && !isWhole.value;
  return (
    <>
      <pre class="json" tabIndex={0} aria-label={label} role="group">
        {text.length > MOST_COLOURED ? (isCut ? text.slice(0, MOST_SHOWN) : text) : coloured(text)}
      </pre>
      {isCut && (
        <button class="small" type="button" onClick={() => (isWhole.value = true)}>
          {t('showAll', { bytes: text.length })}
        </button>
      )}
    </>
  );
}

function coloured(text: string): (string | VNode)[] {
  const pieces: (string | VNode)[] = [];
  let at = 0;
  let name = '';
  for (const match of text.matchAll(TOKENS)) {
    const [whole, quoted, colon] = match;
    pieces.push(text.slice(at, match.index));
    at = match.index + whole.length;
    if (quoted && colon) {
      name = quoted.slice(1, -1);
      pieces.push(<span class="json-name">{quoted}</span>, colon);
    } else pieces.push(<Value text={whole} name={name} isText={quoted !== undefined} />);
  }
  return [...pieces, text.slice(at)];
}

function Value({ text, name, isText }: { text: string; name: string; isText: boolean }) {
  const isTime = !isText && (TIMES as readonly string[]).includes(name);
  const time = isTime ? timeOf(Number(text)) : undefined;
  return (
    <>
      <span class={isText ? 'json-text' : 'json-number'}>{text}</span>
      {time !== undefined && <span class="json-time">{`  ${dateInWords(time)}`}</span>}
    </>
  );
}
