import { weightsOf } from '../sizes.js';
import { code, decoded, links, remarks, skewS, token } from './state.js';
import { Icon } from './icon.js';
import { KIND_OF, sentence } from './status-line.js';
import { t } from './texts.js';

const LARGE = 2_000;

/** What else is to be known: the kind of token, what it lacks, how large it is, what it says of others. */
export function Facts() {
  const { claims } = decoded.value!;
  return (
    <section class="pane">
      <h2>{t('remarks')}</h2>
      {remarks.value.length > 0 && (
        <ul class="remarks">
          {remarks.value.map(({ severity, note }) => (
            <li key={sentence(note)} class={KIND_OF[severity]}>
              <Icon name={severity === 'info' ? 'dot' : severity === 'error' ? 'cross' : 'warning'} />
              <span>{sentence(note)}</span>
            </li>
          ))}
        </ul>
      )}
      <Links />
      <dl class="facts">
        <dt>{t('sizes')}</dt>
        <dd>{t('bytes', { count: token.value.length })}</dd>
        {claims && token.value.length > LARGE && (
          <>
            <dt>{t('largest')}</dt>
            <dd>
              {weightsOf(claims)
                .map(({ name, bytes }) => `${name}: ${t('bytes', { count: bytes })}`)
                .join(', ')}
            </dd>
          </>
        )}
      </dl>
      {claims && (
        <div class="bar">
          <label for="skew">{t('skew')}</label>
          <input
            id="skew"
            type="number"
            min="0"
            max="3600"
            value={skewS.value}
            onInput={({ currentTarget }) => (skewS.value = Math.max(0, currentTarget.valueAsNumber || 0))}
          />
        </div>
      )}
    </section>
  );
}

function Links() {
  const needsCode = typeof decoded.value?.claims?.['c_hash'] === 'string';
  const said = links.value ?? [];
  if (said.length === 0 && !needsCode) return null;
  return (
    <>
      <h3>{t('links')}</h3>
      <ul class="remarks">
        {said.map(({ isRight, note }) => (
          <li key={note.values?.['name']} class={isRight ? 'good' : 'bad'}>
            <Icon name={isRight ? 'check' : 'cross'} />
            <span>{sentence(note)}</span>
          </li>
        ))}
      </ul>
      {needsCode && (
        <>
          <label for="code">{t('code')}</label>
          <input
            id="code"
            autocomplete="off"
            value={code.value}
            onInput={({ currentTarget }) => (code.value = currentTarget.value.trim())}
          />
        </>
      )}
    </>
  );
}
