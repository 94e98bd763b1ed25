import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { usePages } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, List, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

interface Wait {
  id: string;
  limit: string;
  userId: string | null;
  email: string | null;
  source: string | null;
  since: string;
  until: string;
  count: number;
}

/** Who failed too often and has to wait, and how they are let in again. */
export function Waiting() {
  const pages = usePages<Wait>('/v1/limits/waiting', {});
  const [releasing, setReleasing] = useState<Wait>();
  return (
    <>
      <List
        pages={pages}
        label={t('server.limits')}
        empty={t('waiting.none')}
        heads={[
          t('waiting.who'),
          t('waiting.limit'),
          t('waiting.failures'),
          t('waiting.since'),
          t('waiting.until'),
          undefined,
        ]}
        row={(wait) => (
          <tr key={wait.id}>
            <th scope="row">
              {wait.userId ? (
                <a href={`/console/users/${wait.userId}`}>
                  <bdi>{wait.email ?? wait.userId}</bdi>
                </a>
              ) : (
                <bdi>{wait.email ?? '–'}</bdi>
              )}
              {wait.source && <span class="hint">{wait.source}</span>}
            </th>
            <td>
              <code>{wait.limit}</code>
            </td>
            <td>{wait.count}</td>
            <td>
              <Time at={wait.since} />
            </td>
            <td>
              <Time at={wait.until} />
            </td>
            <td>
              {may('limits:write') && (
                <button type="button" class="small" onClick={() => setReleasing(wait)}>
                  {t('waiting.release')}
                </button>
              )}
            </td>
          </tr>
        )}
      />
      {releasing && (
        <Confirm
          title={t('waiting.releaseTitle')}
          submit={t('waiting.release')}
          isDanger={false}
          onClose={() => setReleasing(undefined)}
          act={async () => {
            await send('DELETE', `/v1/limits/waiting/${encodeURIComponent(releasing.id)}`);
            pages.reload();
            say(t('waiting.released'));
          }}
        >
          <p>{t('waiting.releaseText')}</p>
        </Confirm>
      )}
    </>
  );
}
