import { useState } from 'preact/hooks';
import { send, type Paged } from '../../api.js';
import { getAll, useData, useGet } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import type { ApiKey, MadeApiKey, Role, User } from '../../types.js';
import { Dialog } from '../../ui/dialog.js';
import { Checks, Field, Form, Select } from '../../ui/form.js';
import { KeyState } from '../../ui/key-state.js';
import { Confirm, Loaded, SecretDialog, Section, Table, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

const LIFETIMES = ['7d', '30d', '90d', '180d', '365d'] as const;

type Doing = { what: 'create' } | { what: 'rotate' | 'revoke'; key: ApiKey };

/** The API keys of a service. Each is shown once, when it is made. */
export function ServiceKeys({ service }: { service: User }) {
  const path = `/v1/users/${service.id}/api-keys`;
  const data = useGet<Paged<ApiKey>>(path);
  const [doing, setDoing] = useState<Doing>();
  const [made, setMade] = useState<MadeApiKey>();
  const close = () => setDoing(undefined);
  const onMade = (key: MadeApiKey) => {
    setMade(key);
    data.reload();
  };
  return (
    <Section
      title={t('apiKeys.title')}
      actions={
        service.status === 'active' && (
          <button type="button" class="small" onClick={() => setDoing({ what: 'create' })}>
            {t('apiKeys.create')}
          </button>
        )
      }
    >
      <Loaded data={data}>
        {({ items }) =>
          items.length === 0 ? (
            <p class="empty">{t('apiKeys.none')}</p>
          ) : (
            <Table
              label={t('apiKeys.title')}
              heads={[
                t('apiKeys.name'),
                t('apiKeys.state'),
                t('apiKeys.scopes'),
                t('table.lastUsed'),
                undefined,
              ]}
            >
              {items.map((key) => (
                <KeyRow key={key.id} of={key} onDo={(what) => setDoing({ what, key })} />
              ))}
            </Table>
          )
        }
      </Loaded>
      {doing?.what === 'create' && <Create path={path} service={service} onClose={close} onMade={onMade} />}
      {doing?.what === 'rotate' && (
        <Confirm
          title={t('apiKeys.rotateTitle')}
          submit={t('apiKeys.rotate')}
          isDanger={false}
          onClose={close}
          act={async () => onMade(await send<MadeApiKey>('POST', `${path}/${doing.key.id}/rotate`, {}))}
        >
          <p>{t('apiKeys.rotateText')}</p>
        </Confirm>
      )}
      {doing?.what === 'revoke' && (
        <Confirm
          title={t('apiKeys.revokeTitle')}
          submit={t('apiKeys.revoke')}
          onClose={close}
          act={async () => {
            await send('DELETE', `${path}/${doing.key.id}`);
            data.reload();
            say(t('apiKeys.revoked'));
          }}
        >
          <p>
            <bdi>{doing.key.name}</bdi>
          </p>
          <p>{t('apiKeys.revokeText')}</p>
        </Confirm>
      )}
      {made && (
        <SecretDialog title={t('apiKeys.made')} secret={made.key} onClose={() => setMade(undefined)} />
      )}
    </Section>
  );
}

function KeyRow({ of: key, onDo }: { of: ApiKey; onDo: (what: 'rotate' | 'revoke') => void }) {
  return (
    <tr>
      <th scope="row">
        <bdi>{key.name}</bdi>
        {key.allowedIps && <span class="hint">{key.allowedIps.join(', ')}</span>}
      </th>
      <td>
        <KeyState of={key} />
      </td>
      <td class="names">{key.scopes.join(', ')}</td>
      <td>
        <Time at={key.lastUsedAt} />
      </td>
      <td class="acts">
        {!key.revokedAt && (
          <>
            <button type="button" class="small" onClick={() => onDo('rotate')}>
              {t('apiKeys.rotate')}
            </button>
            <button type="button" class="small danger" onClick={() => onDo('revoke')}>
              {t('apiKeys.revoke')}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

interface CreateProps {
  path: string;
  service: User;
  onClose: () => void;
  onMade: (key: MadeApiKey) => void;
}

function Create({ path, service, onClose, onMade }: CreateProps) {
  const scopes = useData(may('roles:read') ? 'scopes' : undefined, async () => {
    const roles = await getAll<Role>('/v1/roles');
    const held = roles.filter(({ name }) => service.roles.includes(name));
    return [...new Set(held.flatMap((role) => role.scopes))].toSorted();
  });
  return (
    <Dialog title={t('apiKeys.create')} onClose={onClose}>
      <Loaded data={scopes}>
        {(held) =>
          held.length === 0 ? (
            <p class="notice">{t('apiKeys.noRights')}</p>
          ) : (
            <Form
              submit={t('apiKeys.create')}
              onCancel={onClose}
              onSubmit={async (fields) => {
                const addresses = fields.lines('allowedIps');
                const made = await send<MadeApiKey>('POST', path, {
                  name: fields.text('name'),
                  scopes: fields.all('scopes'),
                  expiresIn: fields.text('expiresIn'),
                  ...(addresses.length > 0 && { allowedIps: addresses }),
                });
                onClose();
                onMade(made);
              }}
            >
              <Field
                name="name"
                label={t('apiKeys.name')}
                required
                autofocus
                autocomplete="off"
                maxLength={100}
              />
              <Checks name="scopes" legend={t('apiKeys.scopes')} options={held} checked={[]} />
              <Select
                name="expiresIn"
                label={t('apiKeys.lifetime')}
                value="90d"
                options={LIFETIMES.map((each) => [each, t('apiKeys.days', { count: parseInt(each, 10) })])}
              />
              <Field
                name="allowedIps"
                label={t('apiKeys.addresses')}
                hint={t('apiKeys.addressesHint')}
                rows={2}
              />
            </Form>
          )
        }
      </Loaded>
    </Dialog>
  );
}
