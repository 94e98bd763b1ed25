import { useSignal } from '@preact/signals';
import type { Json } from '../json.js';
import { startEditing } from './editing.js';
import { later } from './later.js';
import { decoded } from './state.js';
import { CopyButton } from './copy-button.js';
import { JsonText } from './json-text.js';
import { t } from './texts.js';

const MembersTable = later(async () => (await import('./members-table.js')).MembersTable);

type View = 'table' | 'json';

/** What the token holds: header and claims, explained or as JSON. */
export function Contents() {
  const view = useSignal<View>('json');
  const { header, claims, parts, kind } = decoded.value!;
  const payload = parts.find(({ name }) => name === 'payload');
  return (
    <section class="pane">
      <div class="bar">
        <fieldset class="switch">
          <legend class="away">{t('view')}</legend>
          {(['json', 'table'] as const).map((each) => (
            <label key={each}>
              <input
                type="radio"
                name="view"
                checked={view.value === each}
                onChange={() => (view.value = each)}
              />
              <span>{each === 'json' ? t('asJson') : t('asTable')}</span>
            </label>
          ))}
        </fieldset>
        {kind !== 'jwe' && (
          <button class="small" type="button" onClick={startEditing}>
            {t('edit')}
          </button>
        )}
      </div>
      <Members title={t('header')} members={header} part="header" view={view.value} />
      {claims ? (
        <Members title={t('claims')} members={claims} part="payload" view={view.value} />
      ) : (
        payload?.text && (
          <>
            <h2 class="part-payload">{t('payload')}</h2>
            <pre class="json" tabIndex={0}>
              {payload.text}
            </pre>
          </>
        )
      )}
    </section>
  );
}

interface MembersProps {
  title: string;
  members: Json | undefined;
  part: 'header' | 'payload';
  view: View;
}

function Members({ title, members, part, view }: MembersProps) {
  if (!members) return null;
  return (
    <>
      <div class="bar">
        <h2 class={`part-${part}`}>{title}</h2>
        <CopyButton text={() => JSON.stringify(members, null, 2)} isQuiet />
      </div>
      {view === 'json' ? (
        <JsonText value={members} label={title} />
      ) : (
        <MembersTable members={members} caption={title} />
      )}
    </>
  );
}
