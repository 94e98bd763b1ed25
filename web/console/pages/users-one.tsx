import { useState } from 'preact/hooks';
import { send } from '../api.js';
import { useGet } from '../data.js';
import { go } from '../router.js';
import { has, may, settings } from '../settings.js';
import { t } from '../texts.js';
import type { User } from '../types.js';
import { Dialog } from '../ui/dialog.js';
import { Field, Form } from '../ui/form.js';
import { Code, Confirm, Facts, Loaded, Page, Section, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';
import type { PageProps } from '../pages.js';
import { Keys, Sessions, Trail } from './users/lists.js';
import { Rights } from './users/rights.js';

type Doing = 'rename' | 'disable' | 'enable' | 'factors' | 'sessions' | 'remove';

/** One account, and all that hangs on it. */
export default function OneUser({ id }: PageProps) {
  const data = useGet<User>(`/v1/users/${encodeURIComponent(id)}`);
  const [doing, setDoing] = useState<Doing>();
  const user = data.value;
  return (
    <Page
      title={user?.name ?? user?.email ?? t('users.one')}
      above={{ href: '/console/users', text: t('entry.users') }}
      actions={user && may('users:write') && <Actions user={user} onDo={setDoing} />}
    >
      <Loaded data={data}>
        {(found) => (
          <>
            <Profile user={found} />
            <Rights user={found} onChange={data.set} />
            {has('/v1/users/:id/sessions') && <Sessions user={found} onEndAll={() => setDoing('sessions')} />}
            {may('api-keys:admin') && has('/v1/users/:id/api-keys') && <Keys user={found} />}
            {may('audit:read') && has('/v1/audit-events/export') && <Trail user={found} />}
            {doing && (
              <Do what={doing} user={found} onClose={() => setDoing(undefined)} onDone={data.reload} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Actions({ user, onDo }: { user: User; onDo: (what: Doing) => void }) {
  const isSelf = user.id === settings.user.id;
  return (
    <>
      <button type="button" onClick={() => onDo('rename')}>
        {t('users.rename')}
      </button>
      {user.secondFactor !== false && !isSelf && (
        <button type="button" onClick={() => onDo('factors')}>
          {t('users.resetFactors')}
        </button>
      )}
      {!isSelf && (
        <>
          <button type="button" onClick={() => onDo(user.status === 'active' ? 'disable' : 'enable')}>
            {t(user.status === 'active' ? 'users.disable' : 'users.enable')}
          </button>
          <button type="button" class="danger" onClick={() => onDo('remove')}>
            {t('users.remove')}
          </button>
        </>
      )}
    </>
  );
}

function Profile({ user }: { user: User }) {
  const { id, email, emailVerified, name, status, secondFactor, createdAt, lastLoginAt } = user;
  return (
    <Section title={t('users.profile')}>
      <Facts
        of={[
          [t('users.email'), <EmailFact key="email" email={email} isVerified={emailVerified} />],
          [t('users.name'), <bdi key="name">{name ?? '–'}</bdi>],
          [
            t('users.status'),
            <Tag key="status" tone={status === 'active' ? 'good' : 'bad'}>
              {t(`status.${status}`)}
            </Tag>,
          ],
          [
            t('users.secondFactor'),
            secondFactor === undefined ? '–' : t(secondFactor ? 'filter.true' : 'filter.false'),
          ],
          [t('users.lastLogin'), <Time key="last" at={lastLoginAt} />],
          [t('table.created'), <Time key="created" at={createdAt} />],
          [t('users.id'), <Code key="id">{id}</Code>],
        ]}
      />
    </Section>
  );
}

function EmailFact({ email, isVerified }: { email: string; isVerified: boolean }) {
  return (
    <>
      <bdi>{email}</bdi>{' '}
      <Tag tone={isVerified ? 'good' : 'warn'}>{t(isVerified ? 'users.isVerified' : 'users.unverified')}</Tag>
    </>
  );
}

interface DoProps {
  what: Doing;
  user: User;
  onClose: () => void;
  onDone: () => void;
}

/** The dialog of an action on the account. */
function Do({ what, user, onClose, onDone }: DoProps) {
  if (what === 'rename') return <Rename {...{ user, onClose, onDone }} />;
  const path = `/v1/users/${user.id}`;
  const act = {
    disable: () => send('PATCH', path, { status: 'disabled' }),
    enable: () => send('PATCH', path, { status: 'active' }),
    factors: () => send('DELETE', `${path}/factors`),
    sessions: () => send('DELETE', `${path}/sessions`),
    remove: () => send('DELETE', path),
  }[what];
  return (
    <Confirm
      title={t(`users.${what}Title`)}
      submit={t(`users.${what}Submit`)}
      isDanger={what !== 'enable'}
      onClose={onClose}
      act={async () => {
        await act();
        if (what === 'remove') go('/console/users');
        else onDone();
        say(t(`users.${what}Done`));
      }}
    >
      <p>
        <bdi>
          <strong>{user.email}</strong>
        </bdi>
      </p>
      <p>{t(`users.${what}Text`)}</p>
    </Confirm>
  );
}

function Rename({ user, onClose, onDone }: Omit<DoProps, 'what'>) {
  return (
    <Dialog title={t('users.rename')} onClose={onClose}>
      <Form
        submit={t('action.save')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          await send('PATCH', `/v1/users/${user.id}`, { name: fields.text('name') || null });
          onClose();
          onDone();
          say(t('users.renamed'));
        }}
      >
        <Field
          name="name"
          label={t('users.name')}
          defaultValue={user.name ?? ''}
          autofocus
          autocomplete="off"
        />
      </Form>
    </Dialog>
  );
}
