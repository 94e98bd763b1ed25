import { useTexts } from '../views/page-context.js';
import type { ClientFacts, Destination } from './client-facts.js';
import { ClientCard, ClientLinks } from './client.view.js';
import { loginAddress } from './request-address.js';
import { PermissionList, type Permissions } from './permissions.view.js';

export interface ConsentProps {
  /** The id of the request. */
  request: string;
  /** The language that was asked for, to go on in. */
  locales: string | undefined;
  /** Of what is asked, so that the answer is one to this question. */
  fingerprint: string;
  client: ClientFacts;
  destination: Destination;
  user: { email: string; name: string | null };
  permissions: readonly Permissions[];
}

/** Asks a user what an application may do. Both answers are one button of the same size. */
export function ConsentView(props: ConsentProps) {
  const t = useTexts();
  const { request, locales, fingerprint, client, destination, user, permissions } = props;
  const isEmpty = permissions.every(({ scopes }) => scopes.length === 0);
  return (
    <>
      <h1>{t('consent.title')}</h1>
      <ClientCard client={client} />
      <p>{t(isEmpty ? 'consent.nothing' : 'consent.asks')}</p>
      {!isEmpty && <PermissionList permissions={permissions} user={user} />}
      <p class="hint">{t('consent.later')}</p>
      <form method="post" action="/consent">
        <input type="hidden" name="request" value={request} />
        <input type="hidden" name="asked" value={fingerprint} />
        {locales !== undefined && <input type="hidden" name="ui_locales" value={locales} />}
        <div class="choices">
          <button class="secondary" name="decision" value="deny">
            {t('consent.deny')}
          </button>
          <button class="primary" name="decision" value="allow">
            {t('consent.allow')}
          </button>
        </div>
      </form>
      <p class="hint">
        <DestinationText destination={destination} />
      </p>
      <ClientLinks client={client} />
      <OtherAccount request={request} locales={locales} email={user.email} />
    </>
  );
}

function DestinationText({ destination }: { destination: Destination }) {
  const t = useTexts();
  if ('onDevice' in destination) return <>{t('consent.toDevice')}</>;
  const [text, place] =
    'host' in destination
      ? (['consent.toHost', destination.host] as const)
      : (['consent.toScheme', destination.scheme] as const);
  return (
    <>
      {t(text)} <bdi>{place}</bdi>
    </>
  );
}

/** Who is asked, and a way out for another person. */
function OtherAccount({
  request,
  locales,
  email,
}: {
  request: string;
  locales: string | undefined;
  email: string;
}) {
  const t = useTexts();
  return (
    <p class="other">
      {t('consent.signedInAs')} <bdi>{email}</bdi>.{' '}
      <a href={loginAddress(request, locales)}>{t('consent.notYou')}</a>
    </p>
  );
}
