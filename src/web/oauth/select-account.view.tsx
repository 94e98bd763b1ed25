import { useTexts } from '../views/page-context.js';
import type { ClientFacts } from './client-facts.js';
import { ClientCard } from './client.view.js';
import { loginAddress } from './request-address.js';

interface SelectAccountProps {
  /** The id of the request. */
  request: string;
  locales: string | undefined;
  client: ClientFacts;
  user: { id: string; email: string; name: string | null };
}

/** Lets a user go on as who they are, or as another one. */
export function SelectAccountView({ request, locales, client, user }: SelectAccountProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('select.title')}</h1>
      <p class="lead">{t('select.lead')}</p>
      <ClientCard client={client} />
      <form method="post" action="/select-account">
        <input type="hidden" name="request" value={request} />
        <input type="hidden" name="user" value={user.id} />
        {locales !== undefined && <input type="hidden" name="ui_locales" value={locales} />}
        <button class="primary">
          <span>
            {t('select.continue')} <bdi>{user.name ?? user.email}</bdi>
            {user.name !== null && (
              <>
                {' '}
                <bdi>({user.email})</bdi>
              </>
            )}
          </span>
        </button>
      </form>
      <p>
        <a class="button secondary" href={loginAddress(request, locales)}>
          {t('consent.notYou')}
        </a>
      </p>
    </>
  );
}
