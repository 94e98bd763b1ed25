import { Notice } from '../views/fields.view.js';
import { Moment } from '../views/moment.view.js';
import { useTexts } from '../views/page-context.js';
import type { ClientFacts } from './client-facts.js';
import { ClientCard, ClientLinks } from './client.view.js';
import { PermissionList, type Permissions } from './permissions.view.js';

export interface DeviceProps {
  /** In two halves, as the device shows it. */
  userCode: string;
  client: ClientFacts;
  ip: string | null;
  createdAt: Date;
  user: { id: string; email: string; name: string | null };
  permissions: readonly Permissions[];
}

/** Asks whether the sign-in of a device is one's own: an attacker who sends the code to a user would get into their account. */
export function DeviceView({ userCode, client, ip, createdAt, user, permissions }: DeviceProps) {
  const t = useTexts();
  const isEmpty = permissions.every(({ scopes }) => scopes.length === 0);
  const again = new URLSearchParams({ continue: `/device?user_code=${userCode}`, prompt: 'login' });
  return (
    <>
      <h1>{t('device.title')}</h1>
      <ClientCard client={client} />
      <p>{t('device.confirm')}</p>
      <p class="secret user-code">
        <code dir="ltr">{userCode}</code>
      </p>
      <p class="hint">
        {t('device.when')} <Moment at={createdAt} />
        {ip !== null && (
          <>
            {' · '}
            {t('device.from')} <bdi>{ip}</bdi>
          </>
        )}
      </p>
      <Notice kind="info">{t('device.warning')}</Notice>
      {!isEmpty && (
        <>
          <p>{t('consent.asks')}</p>
          <PermissionList permissions={permissions} user={user} />
        </>
      )}
      <form method="post" action="/device">
        <input type="hidden" name="user_code" value={userCode} />
        <input type="hidden" name="user" value={user.id} />
        <div class="choices">
          <button class="secondary" name="decision" value="deny">
            {t('consent.deny')}
          </button>
          <button class="primary" name="decision" value="approve">
            {t('device.approve')}
          </button>
        </div>
      </form>
      <ClientLinks client={client} />
      <p class="other">
        {t('consent.signedInAs')} <bdi>{user.email}</bdi>.{' '}
        <a href={`/login?${again.toString()}`}>{t('consent.notYou')}</a>
      </p>
    </>
  );
}
