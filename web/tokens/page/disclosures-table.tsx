import { disclosed } from './state.js';
import { JsonText } from './json-text.js';
import { said, t } from './texts.js';

/** What an SD-JWT discloses, each with the place of its hash (RFC 9901 §4.2). */
export function Disclosures() {
  const result = disclosed.value;
  if (!result) return null;
  const { disclosures, hidden, problems, claims } = result;
  return (
    <section class="pane">
      <h2>{t('disclosures')}</h2>
      {problems.map((each) => (
        <p class="error" key={said(each)}>
          {said(each)}
        </p>
      ))}
      {disclosures.length > 0 && (
        <div class="scrolls" tabIndex={0} role="region" aria-label={t('disclosures')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('name')}</th>
                <th scope="col">{t('value')}</th>
                <th scope="col">{t('disclosedAt')}</th>
              </tr>
            </thead>
            <tbody>
              {disclosures.map(({ raw, name, value, path }) => (
                <tr key={raw}>
                  <th scope="row">
                    <code>{name ?? '[]'}</code>
                  </th>
                  <td>
                    <code>{JSON.stringify(value)}</code>
                  </td>
                  <td>{path ? <code>{path}</code> : <span class="error">{t('notReferenced')}</span>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hidden > 0 && <p class="hint">{t('hidden', { count: hidden })}</p>}
      <JsonText value={claims} label={t('claims')} />
    </section>
  );
}
