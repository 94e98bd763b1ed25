import { useEffect, useState } from 'preact/hooks';
import { send } from '../api.js';
import { getAll, useData, usePages } from '../data.js';
import { closeDialog, go, query, setQuery } from '../router.js';
import { has, may, settings } from '../settings.js';
import { t } from '../texts.js';
import type { Role, User } from '../types.js';
import { Dialog } from '../ui/dialog.js';
import { Field, Form } from '../ui/form.js';
import { Filter, SearchField, Toolbar } from '../ui/filters.js';
import { List, Page, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';
import { ImportUsers } from './users/import.js';

const STATUSES = ['', 'active', 'disabled'] as const;
const YES_OR_NO = ['', 'true', 'false'] as const;
const INVITED_BYTES = 32;

const filter = (name: string) => query.value.get(name) ?? '';

/** Everyone with an account: found on the server, by the beginning of an address, a name or an id. */
export default function Users() {
  const search = filter('search');
  const pages = usePages<User>('/v1/users', {
    kind: 'person',
    search,
    role: filter('role'),
    status: filter('status'),
    verified: filter('verified'),
    secondFactor: filter('secondFactor'),
    order: search ? '' : 'newest',
  });
  const doing = query.value.get('do');
  return (
    <Page
      title={t('entry.users')}
      lead={t('users.lead')}
      actions={
        may('users:write') && (
          <>
            {has('/v1/users/export') && (
              <button type="button" onClick={() => setQuery({ do: 'import' })}>
                {t('users.import')}
              </button>
            )}
            <button type="button" onClick={() => setQuery({ do: 'create' })}>
              {t('users.create')}
            </button>
            {settings.sendsMail && (
              <button type="button" class="primary" onClick={() => setQuery({ do: 'invite' })}>
                {t('users.invite')}
              </button>
            )}
          </>
        )
      }
    >
      <Filters />
      <List
        pages={pages}
        label={t('entry.users')}
        empty={t(search ? 'users.notFound' : 'users.none')}
        heads={[
          t('users.who'),
          t('users.status'),
          t('users.roles'),
          t('users.secondFactor'),
          t('users.lastLogin'),
          t('table.created'),
        ]}
        row={(user) => <Row key={user.id} user={user} />}
      />
      {doing === 'create' && <Create onClose={closeDialog} />}
      {doing === 'invite' && <Invite onClose={closeDialog} />}
      {doing === 'import' && <ImportUsers onClose={closeDialog} onDone={pages.reload} />}
    </Page>
  );
}

function Filters() {
  const roles = useData(may('roles:read') ? 'roles' : undefined, () => getAll<Role>('/v1/roles'));
  const names = roles.value?.map(({ name }) => [name, name] as const) ?? [];
  return (
    <Toolbar>
      <SearchField name="search" label={t('users.search')} />
      <Filter
        name="status"
        label={t('users.status')}
        options={STATUSES.map((each) => [each, t(`status.${each || 'any'}`)])}
      />
      {names.length > 0 && (
        <Filter name="role" label={t('users.role')} options={[['', t('filter.any')], ...names]} />
      )}
      <Filter
        name="verified"
        label={t('users.verified')}
        options={YES_OR_NO.map((each) => [each, t(`filter.${each || 'any'}`)])}
      />
      <Filter
        name="secondFactor"
        label={t('users.secondFactor')}
        options={YES_OR_NO.map((each) => [each, t(`filter.${each || 'any'}`)])}
      />
    </Toolbar>
  );
}

function Row({ user }: { user: User }) {
  const { id, email, emailVerified, name, status, roles, secondFactor, lastLoginAt, createdAt } = user;
  return (
    <tr>
      <th scope="row">
        <a href={`/console/users/${id}`}>
          <bdi>{name ?? email}</bdi>
        </a>
        {name && (
          <span class="hint">
            <bdi>{email}</bdi>
          </span>
        )}
      </th>
      <td>
        {status === 'disabled' ? (
          <Tag tone="bad">{t('status.disabled')}</Tag>
        ) : emailVerified ? (
          <Tag tone="good">{t('status.active')}</Tag>
        ) : (
          <Tag tone="warn">{t('users.unverified')}</Tag>
        )}
      </td>
      <td class="names">{roles.join(', ')}</td>
      <td>{secondFactor === undefined ? '–' : t(secondFactor ? 'filter.true' : 'filter.false')}</td>
      <td>
        <Time at={lastLoginAt} />
      </td>
      <td>
        <Time at={createdAt} />
      </td>
    </tr>
  );
}

function Create({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('users.create')} onClose={onClose}>
      <Form
        submit={t('users.create')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const name = fields.text('name') || null;
          const body = { email: fields.text('email'), password: fields.raw('password'), name };
          const { id } = await send<User>('POST', '/v1/users', body);
          go(`/console/users/${id}`, { isReplaced: true });
          say(t('users.created'));
        }}
      >
        <Field name="email" type="email" label={t('users.email')} required autocomplete="off" autofocus />
        <Field name="name" label={t('users.name')} hint={t('form.optional')} autocomplete="off" />
        <Field
          name="password"
          type="password"
          label={t('users.password')}
          hint={t('users.passwordHint')}
          required
          autocomplete="new-password"
        />
      </Form>
    </Dialog>
  );
}

/** An account with a random password, and a letter with a link to choose one. */
function Invite({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<User>();
  useEffect(() => {
    if (made) say(t('users.created'));
  }, [made]);
  return (
    <Dialog title={t('users.invite')} onClose={onClose}>
      <p>{t('users.inviteLead')}</p>
      <Form
        submit={t('users.inviteSubmit')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const email = fields.text('email');
          const body = { email, name: fields.text('name') || null, password: unknownPassword() };
          const user = made ?? (await send<User>('POST', '/v1/users', body));
          // A letter that fails is tried again for the account that there is by then.
          setMade(user);
          await send('POST', '/v1/auth/password/reset', { email: user.email });
          go(`/console/users/${user.id}`, { isReplaced: true });
          say(t('users.invited'));
        }}
      >
        <Field
          name="email"
          type="email"
          label={t('users.email')}
          required
          readOnly={made !== undefined}
          autocomplete="off"
          autofocus
        />
        <Field name="name" label={t('users.name')} hint={t('form.optional')} autocomplete="off" />
      </Form>
    </Dialog>
  );
}

function unknownPassword(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(INVITED_BYTES)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
