import type { Event } from '../types.js';
import { t } from '../texts.js';
import { Time } from './parts.js';

/** One event of the audit trail in a table, with ways to those who took part. */
export function EventRow({ event }: { event: Event }) {
  const { at, action, actor, target, detail, ip, userAgent, requestId } = event;
  return (
    <tr>
      <td>
        <Time at={at} />
      </td>
      <th scope="row">
        <code>{action}</code>
      </th>
      <td>
        <Party {...actor} />
      </td>
      <td>{target ? <Party {...target} /> : '–'}</td>
      <td>{ip ?? '–'}</td>
      <td>
        <details class="detail">
          <summary>{t('audit.details')}</summary>
          <pre>{JSON.stringify({ at, detail, userAgent, requestId }, null, 2)}</pre>
        </details>
      </td>
    </tr>
  );
}

export const eventHeads = () => [
  t('audit.when'),
  t('audit.action'),
  t('audit.actor'),
  t('audit.target'),
  t('audit.address'),
  t('audit.details'),
];

const PAGES: Record<string, string> = { user: 'users', client: 'applications', role: 'roles', key: 'keys' };
const SHORT = 8;

function Party({ kind, id }: { kind: string; id: string | null }) {
  if (id === null) return <span>{kind}</span>;
  const page = PAGES[kind];
  const text = `${kind} ${id.length > 20 ? `…${id.slice(-SHORT)}` : id}`;
  if (!page)
    return (
      <span class="party" title={id}>
        {text}
      </span>
    );
  const isSingle = page === 'users' || page === 'applications';
  return (
    <a class="party" href={isSingle ? `/console/${page}/${id}` : `/console/${page}`} title={id}>
      {text}
    </a>
  );
}
