import { send } from '../api.js';
import { usePages } from '../data.js';
import { closeDialog, go, query, setQuery } from '../router.js';
import { may } from '../settings.js';
import { t } from '../texts.js';
import type { User } from '../types.js';
import { Dialog } from '../ui/dialog.js';
import { Filter, SearchField, Toolbar } from '../ui/filters.js';
import { Field, Form } from '../ui/form.js';
import { List, Page, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';

/** Accounts of programs: they have API keys, and nothing else. */
export default function Services() {
  const search = query.value.get('search') ?? '';
  const status = query.value.get('status') ?? '';
  const order = search ? '' : 'newest';
  const pages = usePages<User>('/v1/users', { kind: 'service', search, status, order });
  return (
    <Page
      title={t('entry.services')}
      lead={t('services.lead')}
      actions={
        <>
          <a class="button" href="/account/keys">
            {t('services.myKeys')}
          </a>
          {may('users:write') && (
            <button type="button" class="primary" onClick={() => setQuery({ do: 'create' })}>
              {t('services.create')}
            </button>
          )}
        </>
      }
    >
      <Toolbar>
        <SearchField name="search" label={t('services.search')} />
        <Filter
          name="status"
          label={t('users.status')}
          options={(['', 'active', 'disabled'] as const).map((each) => [each, t(`status.${each || 'any'}`)])}
        />
      </Toolbar>
      <List
        pages={pages}
        label={t('entry.services')}
        empty={t(search ? 'users.notFound' : 'services.none')}
        heads={[t('apps.name'), t('users.status'), t('users.roles'), t('table.created')]}
        row={(service) => (
          <tr key={service.id}>
            <th scope="row">
              <a href={`/console/services/${service.id}`}>
                <bdi>{service.name ?? service.email}</bdi>
              </a>
            </th>
            <td>
              <Tag tone={service.status === 'active' ? 'good' : 'bad'}>{t(`status.${service.status}`)}</Tag>
            </td>
            <td class="names">{service.roles.join(', ')}</td>
            <td>
              <Time at={service.createdAt} />
            </td>
          </tr>
        )}
      />
      {query.value.get('do') === 'create' && <Create />}
    </Page>
  );
}

function Create() {
  return (
    <Dialog title={t('services.create')} onClose={closeDialog}>
      <Form
        submit={t('services.create')}
        onCancel={closeDialog}
        onSubmit={async (fields) => {
          const made = await send<User>('POST', '/v1/service-accounts', { name: fields.text('name') });
          go(`/console/services/${made.id}`, { isReplaced: true });
          say(t('services.created'));
        }}
      >
        <Field name="name" label={t('apps.name')} required autofocus autocomplete="off" maxLength={100} />
        <p class="hint">{t('services.createHint')}</p>
      </Form>
    </Dialog>
  );
}
