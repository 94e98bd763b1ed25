import type { ApiKey } from '../../accounts/api-keys/api-key.entity.js';
import { useTexts } from '../views/page-context.js';
import { Moment } from '../views/moment.view.js';

/** The keys that work. */
export function ApiKeysView({ keys }: { keys: ApiKey[] }) {
  const t = useTexts();
  return (
    <section class="panel single">
      <p class="hint">{t('keys.lead')}</p>
      {keys.length === 0 ? (
        <p class="empty">{t('keys.none')}</p>
      ) : (
        <ul class="rows">
          {keys.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt }) => (
            <li key={id}>
              <div>
                <strong dir="auto">{name}</strong>
                <p class="hint">
                  {t('security.added')} <Moment at={createdAt} /> · {t('keys.expires')}{' '}
                  <Moment at={expiresAt} /> ·{' '}
                  {lastUsedAt ? (
                    <>
                      {t('security.used')} <Moment at={lastUsedAt} />
                    </>
                  ) : (
                    t('security.neverUsed')
                  )}
                </p>
                <p class="scopes">
                  {scopes.map((scope) => (
                    <code key={scope} class="tag">
                      {scope}
                    </code>
                  ))}
                </p>
              </div>
              <a
                class="button small danger"
                href={`/account/keys/${id}/revoke`}
                aria-label={`${t('keys.revoke')}: ${name}`}
              >
                {t('keys.revoke')}
              </a>
            </li>
          ))}
        </ul>
      )}
      <p>
        <a class="button secondary" href="/account/keys/new">
          {t('keys.make')}
        </a>
      </p>
    </section>
  );
}
