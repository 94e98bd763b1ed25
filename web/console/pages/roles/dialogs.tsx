import { send } from '../../api.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import type { Role } from '../../types.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import { HolderCount } from './review.js';

/** Every server has these, and cannot do without them. */
const BUILT_IN = ['admin', 'user'];

interface RoleDialogProps {
  onClose: () => void;
  onChanged: () => void;
}

export function CreateRole({ onClose, onChanged }: RoleDialogProps) {
  return (
    <Dialog title={t('roles.create')} onClose={onClose}>
      <Form
        submit={t('roles.create')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const body = {
            name: fields.text('name'),
            description: fields.text('description') || null,
            scopes: [],
          };
          await send('POST', '/v1/roles', body);
          onClose();
          onChanged();
          say(t('roles.created'));
        }}
      >
        <Field
          name="name"
          label={t('roles.name')}
          hint={t('roles.nameHint')}
          required
          autofocus
          autocomplete="off"
        />
        <Field
          name="description"
          label={t('roles.description')}
          hint={t('form.optional')}
          autocomplete="off"
        />
        <p class="hint">{t('roles.createHint')}</p>
      </Form>
    </Dialog>
  );
}

/** What a role is, and the end of it. */
export function OneRole({ role, onClose, onChanged }: RoleDialogProps & { role: Role }) {
  const path = `/v1/roles/${role.name}`;
  const done = (text: string) => {
    onClose();
    onChanged();
    say(text);
  };
  return (
    <Dialog title={role.name} onClose={onClose}>
      <HolderCount role={role.name} />
      {may('roles:write') ? (
        <Form
          submit={t('action.save')}
          onCancel={onClose}
          onSubmit={async (fields) => {
            await send('PATCH', path, { description: fields.text('description') || null });
            done(t('roles.saved'));
          }}
        >
          <Field
            name="description"
            label={t('roles.description')}
            defaultValue={role.description ?? ''}
            autocomplete="off"
          />
        </Form>
      ) : (
        <p>{role.description}</p>
      )}
      {may('roles:write') && !BUILT_IN.includes(role.name) && (
        <div class="end">
          <p class="hint">{t('roles.removeText')}</p>
          <Form
            submit={t('roles.remove')}
            isDanger
            onSubmit={async () => {
              await send('DELETE', path);
              done(t('roles.isRemoved'));
            }}
          />
        </div>
      )}
    </Dialog>
  );
}
