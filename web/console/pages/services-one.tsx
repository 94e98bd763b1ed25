import { useState } from 'preact/hooks';
import { send } from '../api.js';
import { useGet } from '../data.js';
import { go } from '../router.js';
import { has, may } from '../settings.js';
import { t } from '../texts.js';
import type { User } from '../types.js';
import { Code, Confirm, Facts, Loaded, Page, Section, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';
import type { PageProps } from '../pages.js';
import { ServiceKeys } from './services/keys.js';
import { Trail } from './users/lists.js';
import { Rights } from './users/rights.js';

type Doing = 'disable' | 'enable' | 'remove';

/** The account of a program: its rights and its API keys. */
export default function OneService({ id }: PageProps) {
  const path = `/v1/users/${encodeURIComponent(id)}`;
  const data = useGet<User>(path);
  const [doing, setDoing] = useState<Doing>();
  const service = data.value;
  return (
    <Page
      title={service?.name ?? t('services.one')}
      above={{ href: '/console/services', text: t('entry.services') }}
      actions={
        service &&
        may('users:write') && (
          <>
            <button
              type="button"
              onClick={() => setDoing(service.status === 'active' ? 'disable' : 'enable')}
            >
              {t(service.status === 'active' ? 'users.disable' : 'users.enable')}
            </button>
            <button type="button" class="danger" onClick={() => setDoing('remove')}>
              {t('users.remove')}
            </button>
          </>
        )
      }
    >
      <Loaded data={data}>
        {(found) => (
          <>
            <Section title={t('users.profile')}>
              <Facts
                of={[
                  [
                    t('users.status'),
                    <Tag key="status" tone={found.status === 'active' ? 'good' : 'bad'}>
                      {t(`status.${found.status}`)}
                    </Tag>,
                  ],
                  [t('table.created'), <Time key="created" at={found.createdAt} />],
                  [t('users.id'), <Code key="id">{found.id}</Code>],
                ]}
              />
            </Section>
            <Rights user={found} onChange={data.set} />
            <ServiceKeys service={found} />
            {may('audit:read') && has('/v1/audit-events/export') && <Trail user={found} />}
          </>
        )}
      </Loaded>
      {doing && (
        <Confirm
          title={t(`services.${doing}Title`)}
          submit={t(doing === 'remove' ? 'users.removeSubmit' : `users.${doing}`)}
          isDanger={doing !== 'enable'}
          onClose={() => setDoing(undefined)}
          act={async () => {
            if (doing === 'remove') {
              await send('DELETE', path);
              go('/console/services');
            } else {
              await send('PATCH', path, { status: doing === 'disable' ? 'disabled' : 'active' });
              data.reload();
            }
            say(t(`services.${doing}Done`));
          }}
        >
          <p>{t(`services.${doing}Text`)}</p>
        </Confirm>
      )}
    </Page>
  );
}
