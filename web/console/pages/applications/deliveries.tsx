import { useState } from 'preact/hooks';
import { send, type Paged } from '../../api.js';
import { useGet } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, Loaded, Section, Table, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import type { Application, LogoutDelivery } from './types.js';

/** The ends of sessions that an application has not taken yet, and why. */
export function Deliveries({ application }: { application: Application }) {
  const path = `/v1/oauth/clients/${application.id}/logout-deliveries`;
  const data = useGet<Paged<LogoutDelivery>>(path);
  const [asking, setAsking] = useState(false);
  return (
    <Section
      title={t('deliveries.title')}
      lead={t('deliveries.lead')}
      actions={
        may('clients:write') &&
        data.value &&
        data.value.items.length > 0 && (
          <button type="button" class="small" onClick={() => setAsking(true)}>
            {t('deliveries.retry')}
          </button>
        )
      }
    >
      <Loaded data={data}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">{t('deliveries.none')}</p>
          ) : (
            <Table
              label={t('deliveries.title')}
              heads={[
                t('users.one'),
                t('deliveries.since'),
                t('deliveries.attempts'),
                t('deliveries.next'),
                t('deliveries.error'),
              ]}
            >
              {items.map((each) => (
                <tr key={each.id}>
                  <th scope="row">
                    <a href={`/console/users/${each.userId}`}>
                      <code>{each.userId}</code>
                    </a>
                  </th>
                  <td>
                    <Time at={each.createdAt} />
                  </td>
                  <td>{each.attempts}</td>
                  <td>
                    <Time at={each.nextAt} />
                  </td>
                  <td class="names">{each.lastError ?? '–'}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
      {asking && (
        <Confirm
          title={t('deliveries.retryTitle')}
          submit={t('deliveries.retry')}
          isDanger={false}
          onClose={() => setAsking(false)}
          act={async () => {
            await send('POST', `${path}/retry`);
            data.reload();
            say(t('deliveries.retried'));
          }}
        >
          <p class="names">{application.backchannelLogoutUri}</p>
        </Confirm>
      )}
    </Section>
  );
}
