import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { usePages } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, List, Section, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import type { Application, ApplicationGrant } from './types.js';

/** What users have allowed an application, which an administrator may take back. */
export function Grants({ application }: { application: Application }) {
  const path = `/v1/oauth/clients/${application.id}/grants`;
  const pages = usePages<ApplicationGrant>(path, {});
  const [revoking, setRevoking] = useState<ApplicationGrant>();
  return (
    <Section title={t('grants.title')} lead={t('grants.lead')}>
      <List
        pages={pages}
        label={t('grants.title')}
        empty={t('grants.none')}
        heads={[
          t('users.one'),
          t('grants.resource'),
          t('apiKeys.scopes'),
          t('grants.since'),
          t('table.lastUsed'),
          undefined,
        ]}
        row={(grant) => (
          <tr key={grant.id}>
            <th scope="row">
              <a href={`/console/users/${grant.user.id}`}>
                <bdi>{grant.user.email}</bdi>
              </a>
            </th>
            <td class="names">{grant.resource}</td>
            <td class="names">{grant.scopes.join(', ')}</td>
            <td>
              <Time at={grant.createdAt} />
            </td>
            <td>
              <Time at={grant.lastUsedAt} />
            </td>
            <td>
              {may('clients:write') && (
                <button type="button" class="small danger" onClick={() => setRevoking(grant)}>
                  {t('grants.revoke')}
                </button>
              )}
            </td>
          </tr>
        )}
      />
      {revoking && (
        <Confirm
          title={t('grants.revokeTitle')}
          submit={t('grants.revoke')}
          onClose={() => setRevoking(undefined)}
          act={async () => {
            await send('DELETE', `${path}/${revoking.id}`);
            pages.reload();
            say(t('grants.revoked'));
          }}
        >
          <p>
            <bdi>{revoking.user.email}</bdi>
          </p>
          <p>{t('grants.revokeText')}</p>
        </Confirm>
      )}
    </Section>
  );
}
