import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { useGet } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, Loaded, SecretDialog, Section, Table, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import type { Application, Secret } from './types.js';

const DAY_MS = 86_400_000;
/** How long the secret before goes on working next to a new one. */
const OVERLAP_MS = 7 * DAY_MS;

/** The secrets of an application, of which there may be two at a time, so that one is replaced without an interruption. */
export function Secrets({ application }: { application: Application }) {
  const path = `/v1/oauth/clients/${application.id}/secrets`;
  const data = useGet<{ items: Secret[] }>(path);
  const [made, setMade] = useState<Secret>();
  const [doing, setDoing] = useState<'add' | Secret>();
  const add = async () => {
    const previousExpiresAt = new Date(Date.now() + OVERLAP_MS).toISOString();
    setMade(await send<Secret>('POST', path, { previousExpiresAt }));
    data.reload();
  };
  return (
    <Section
      title={t('secrets.title')}
      lead={t('secrets.lead')}
      actions={
        may('clients:write') && (
          <button type="button" class="small" onClick={() => setDoing('add')}>
            {t('secrets.add')}
          </button>
        )
      }
    >
      <Loaded data={data}>
        {({ items }) => (
          <Table
            label={t('secrets.title')}
            heads={[t('secrets.hint'), t('table.created'), t('secrets.until'), undefined]}
          >
            {items.map((secret) => (
              <tr key={secret.id}>
                <th scope="row">
                  <code>…{secret.hint}</code>
                </th>
                <td>
                  <Time at={secret.createdAt} />
                </td>
                <td>
                  <Time at={secret.expiresAt} />
                </td>
                <td>
                  {may('clients:write') && items.length > 1 && (
                    <button type="button" class="small danger" onClick={() => setDoing(secret)}>
                      {t('secrets.remove')}
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Loaded>
      {doing && (
        <Confirm
          title={t(doing === 'add' ? 'secrets.addTitle' : 'secrets.removeTitle')}
          submit={t(doing === 'add' ? 'secrets.add' : 'secrets.remove')}
          isDanger={doing !== 'add'}
          onClose={() => setDoing(undefined)}
          act={async () => {
            if (doing === 'add') return add();
            await send('DELETE', `${path}/${doing.id}`);
            data.reload();
            say(t('secrets.removed'));
          }}
        >
          <p>{t(doing === 'add' ? 'secrets.addText' : 'secrets.removeText')}</p>
        </Confirm>
      )}
      {made?.clientSecret && (
        <SecretDialog
          title={t('apps.secretTitle')}
          secret={made.clientSecret}
          onClose={() => setMade(undefined)}
        />
      )}
    </Section>
  );
}
