import { useState } from 'preact/hooks';
import { send } from '../api.js';
import { useGet } from '../data.js';
import { go } from '../router.js';
import { may } from '../settings.js';
import { t } from '../texts.js';
import { Code, Confirm, Facts, Loaded, Page, Section, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';
import type { PageProps } from '../pages.js';
import { Deliveries } from './applications/deliveries.js';
import { EditApplication } from './applications/edit.js';
import { Grants } from './applications/grants.js';
import { Secrets } from './applications/secrets.js';
import { Snippets } from './applications/snippets.js';
import { TestSignIn } from './applications/test-sign-in.js';
import type { Application } from './applications/types.js';

type Doing = 'disable' | 'enable' | 'remove';

/** One application: how it is registered, its secrets, and how a program uses it. */
export default function OneApplication({ id }: PageProps) {
  const path = `/v1/oauth/clients/${encodeURIComponent(id)}`;
  const data = useGet<Application>(path);
  const [doing, setDoing] = useState<Doing>();
  const application = data.value;
  return (
    <Page
      title={application?.name ?? t('apps.one')}
      above={{ href: '/console/applications', text: t('entry.applications') }}
      actions={
        application && (
          <>
            <TestSignIn application={application} />
            {may('clients:write') && (
              <>
                <button
                  type="button"
                  onClick={() => setDoing(application.status === 'active' ? 'disable' : 'enable')}
                >
                  {t(application.status === 'active' ? 'users.disable' : 'users.enable')}
                </button>
                <button type="button" class="danger" onClick={() => setDoing('remove')}>
                  {t('users.remove')}
                </button>
              </>
            )}
          </>
        )
      }
    >
      <Loaded data={data}>
        {(found) => (
          <>
            <Registration of={found} />
            {found.authMethod.startsWith('client_secret') && <Secrets application={found} />}
            {may('clients:write') && <EditApplication application={found} onChange={data.set} />}
            {may('users:read') && <Grants application={found} />}
            {found.backchannelLogoutUri && <Deliveries application={found} />}
            <Snippets application={found} />
            {doing && (
              <Confirm
                title={t(`apps.${doing}Title`)}
                submit={t(doing === 'remove' ? 'users.removeSubmit' : `users.${doing}`)}
                isDanger={doing !== 'enable'}
                onClose={() => setDoing(undefined)}
                act={async () => {
                  if (doing === 'remove') {
                    await send('DELETE', path);
                    go('/console/applications');
                  } else {
                    const status = doing === 'disable' ? 'disabled' : 'active';
                    data.set(await send<Application>('PATCH', path, { status }));
                  }
                  say(t(`apps.${doing}Done`));
                }}
              >
                <p>{t(`apps.${doing}Text`)}</p>
              </Confirm>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Registration({ of: found }: { of: Application }) {
  const { clientId, kind, status, applicationType, authMethod, grantTypes, profile } = found;
  return (
    <Section title={t('apps.registration')}>
      <Facts
        of={[
          [t('apps.clientId'), <Code key="id">{clientId}</Code>],
          [t('apps.kind'), t(`apps.kind_${kind}`)],
          [
            t('users.status'),
            <Tag key="status" tone={status === 'active' ? 'good' : 'bad'}>
              {t(`status.${status}`)}
            </Tag>,
          ],
          [t('apps.type'), applicationType],
          [t('apps.authMethod'), <code key="auth">{authMethod}</code>],
          [t('apps.grantTypes'), grantTypes.join(', ')],
          ...(profile ? [[t('apps.profile'), profile] as const] : []),
          ...(found.serviceAccountId
            ? [
                [
                  t('apps.actsAs'),
                  <a key="service" href={`/console/services/${found.serviceAccountId}`}>
                    {t('services.one')}
                  </a>,
                ] as const,
              ]
            : []),
          [t('table.lastUsed'), <Time key="used" at={found.lastUsedAt} />],
          [t('table.created'), <Time key="created" at={found.createdAt} />],
        ]}
      />
    </Section>
  );
}
