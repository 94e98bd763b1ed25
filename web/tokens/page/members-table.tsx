import type { Json } from '../json.js';
import { timeInWords, timeOf, TIMES } from '../times.js';
import { meaningOf } from './meaning.js';
import { locale } from './settings.js';
import { now } from './state.js';
import { dateInWords, t } from './texts.js';

/** Each member with what it means, and times in words. */
export function MembersTable({ members, caption }: { members: Json; caption: string }) {
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="away">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('name')}</th>
            <th scope="col">{t('value')}</th>
            <th scope="col">{t('meaning')}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(members).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
                <Moment name={name} value={value} />
              </td>
              <td>{meaningOf(name)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The date of a claim that is a time, and how far it is away. */
function Moment({ name, value }: { name: string; value: unknown }) {
  const time = (TIMES as readonly string[]).includes(name) ? timeOf(value) : undefined;
  if (time === undefined) return null;
  return (
    <span class="hint">
      {dateInWords(time)}, {timeInWords(time, now.value, locale)}
    </span>
  );
}
