import { usePages } from '../data.js';
import { query, setQuery } from '../router.js';
import { has, may } from '../settings.js';
import { t } from '../texts.js';
import { List, Page, Tag, Time } from '../ui/parts.js';
import { Tabs } from '../ui/tabs.js';
import { CreateApplication } from './applications/create.js';
import { Resources } from './applications/resources.js';
import type { Application } from './applications/types.js';

/** The applications that sign people in here, and the APIs that they may ask tokens for. */
export default function Applications() {
  const tabs = [
    ...(has('/v1/oauth/clients') && may('clients:read') ? [['', t('apps.tab')] as const] : []),
    ...(has('/v1/resources') && may('resources:read') ? [['resources', t('resources.tab')] as const] : []),
  ];
  const tab = query.value.get('tab') ?? tabs[0]![0];
  const isResources = tab === 'resources';
  return (
    <Page
      title={t('entry.applications')}
      lead={t(isResources ? 'resources.lead' : 'apps.lead')}
      actions={
        may(isResources ? 'resources:write' : 'clients:write') && (
          <button type="button" class="primary" onClick={() => setQuery({ do: 'create' })}>
            {t(isResources ? 'resources.create' : 'apps.create')}
          </button>
        )
      }
    >
      <Tabs of={tabs} current={tab} />
      {isResources ? <Resources /> : <Clients />}
    </Page>
  );
}

function Clients() {
  const pages = usePages<Application>('/v1/oauth/clients', {});
  return (
    <>
      <List
        pages={pages}
        label={t('apps.tab')}
        empty={t('apps.none')}
        heads={[t('apps.name'), t('apps.kind'), t('users.status'), t('table.lastUsed'), t('table.created')]}
        row={({ id, name, clientId, kind, status, lastUsedAt, createdAt }) => (
          <tr key={id}>
            <th scope="row">
              <a href={`/console/applications/${id}`}>
                <bdi>{name}</bdi>
              </a>
              <span class="hint">
                <code>{clientId}</code>
              </span>
            </th>
            <td>{t(`apps.kind_${kind}`)}</td>
            <td>
              <Tag tone={status === 'active' ? 'good' : 'bad'}>{t(`status.${status}`)}</Tag>
            </td>
            <td>
              <Time at={lastUsedAt} />
            </td>
            <td>
              <Time at={createdAt} />
            </td>
          </tr>
        )}
      />
      {query.value.get('do') === 'create' && <CreateApplication />}
    </>
  );
}
