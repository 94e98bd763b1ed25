import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { getAll, useData, useGet } from '../../data.js';
import { has, may } from '../../settings.js';
import { t } from '../../texts.js';
import type { Role, User } from '../../types.js';
import { Dialog } from '../../ui/dialog.js';
import { Checks, Form } from '../../ui/form.js';
import { Loaded, Section, Table } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

interface Reasons {
  items: { scope: string; roles: string[] }[];
}

interface RightsProps {
  user: User;
  onChange: (user: User) => void;
}

/** The roles of a user, and of each scope that follows, which role it comes from. */
export function Rights({ user, onChange }: RightsProps) {
  const [isChanging, setChanging] = useState(false);
  const reasons = useGet<Reasons>(
    has('/v1/users/:id/scopes') && may('roles:read') ? `/v1/users/${user.id}/scopes` : undefined,
  );
  return (
    <Section
      title={t('rights.title')}
      lead={t('rights.lead')}
      actions={
        may('roles:assign') &&
        may('roles:read') && (
          <button type="button" class="small" onClick={() => setChanging(true)}>
            {t('rights.change')}
          </button>
        )
      }
    >
      <ul class="chips" aria-label={t('users.roles')}>
        {user.roles.map((role) => (
          <li key={role}>{role}</li>
        ))}
        {user.roles.length === 0 && <li class="muted">{t('rights.none')}</li>}
      </ul>
      <Loaded data={reasons}>
        {({ items }) => (
          <details class="why">
            <summary>{t('rights.why', { count: items.length })}</summary>
            <Table label={t('rights.scopes')} heads={[t('rights.scope'), t('rights.because')]}>
              {items.map(({ scope, roles }) => (
                <tr key={scope}>
                  <th scope="row">
                    <code>{scope}</code>
                  </th>
                  <td>{t('rights.byRole', { roles: roles.join(', ') })}</td>
                </tr>
              ))}
            </Table>
          </details>
        )}
      </Loaded>
      {isChanging && (
        <Assign
          user={user}
          onClose={() => setChanging(false)}
          onChange={(changed) => {
            onChange({ ...user, ...changed });
            reasons.reload();
          }}
        />
      )}
    </Section>
  );
}

function Assign({ user, onClose, onChange }: RightsProps & { onClose: () => void }) {
  const roles = useData('roles', () => getAll<Role>('/v1/roles'));
  return (
    <Dialog title={t('rights.change')} onClose={onClose}>
      <Loaded data={roles}>
        {(found) => (
          <Form
            submit={t('action.save')}
            onCancel={onClose}
            onSubmit={async (fields) => {
              const body = { roles: fields.all('roles') };
              const changed = await send<User>('PUT', `/v1/users/${user.id}/roles`, body);
              onClose();
              onChange(changed);
              say(t('rights.changed'));
            }}
          >
            <p class="hint">{t('rights.changeHint')}</p>
            <Checks
              name="roles"
              legend={t('users.roles')}
              options={found.map(({ name }) => name)}
              checked={user.roles}
              note={(name) => found.find((each) => each.name === name)?.description ?? undefined}
            />
          </Form>
        )}
      </Loaded>
    </Dialog>
  );
}
