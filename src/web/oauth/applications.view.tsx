import type { Consent } from '../../oauth/consents/consents.service.js';
import { Moment } from '../views/moment.view.js';
import { useTexts } from '../views/page-context.js';
import { PermissionList, type Permissions } from './permissions.view.js';

interface ApplicationsProps {
  consents: { consent: Consent; permissions: Permissions }[];
}

/** What a user has allowed other applications. */
export function ApplicationsView({ consents }: ApplicationsProps) {
  const t = useTexts();
  return (
    <section class="panel single">
      <p class="hint">{t('apps.lead')}</p>
      {consents.length === 0 ? (
        <p class="empty">{t('apps.none')}</p>
      ) : (
        <ul class="rows">
          {consents.map(({ consent: { id, client, createdAt, lastUsedAt }, permissions }) => (
            <li key={id}>
              <div>
                <strong dir="auto">{client.name}</strong>
                <p class="hint">
                  {t('apps.since')} <Moment at={createdAt} /> ·{' '}
                  {lastUsedAt ? (
                    <>
                      {t('security.used')} <Moment at={lastUsedAt} />
                    </>
                  ) : (
                    t('apps.notSignedIn')
                  )}
                </p>
                <PermissionList permissions={[permissions]} />
              </div>
              <a
                class="button small danger"
                href={`/account/applications/${id}/revoke`}
                aria-label={`${t('apps.revoke')}: ${client.name}`}
              >
                {t('apps.revoke')}
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
