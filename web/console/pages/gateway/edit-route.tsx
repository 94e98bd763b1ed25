import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Check, Checks, Field, Form, Select, type FormFields } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import { METHODS, PERIODS, type ApiRoute, type Resource } from './types.js';

interface EditRouteProps {
  of?: ApiRoute;
  /** Where it is changed, or where another one is made. */
  path: string;
  resource: Resource;
  onClose: () => void;
  onDone: () => void;
}

/** Methods and a path of a version: who may call it, and how often. */
export function EditRoute({ of: route, path, resource, onClose, onDone }: EditRouteProps) {
  const title = t(route ? 'gateway.editRoute' : 'gateway.addRoute');
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={route ? t('action.save') : title}
        onCancel={onClose}
        onSubmit={async (fields) => {
          await send(route ? 'PATCH' : 'POST', path, bodyOf(fields));
          onClose();
          onDone();
          say(t('gateway.saved'));
        }}
      >
        <Field
          name="path"
          dir="ltr"
          label={t('gateway.path')}
          hint={t('gateway.pathHint')}
          placeholder="/things/:thing"
          defaultValue={route?.path ?? ''}
          required
          autofocus
        />
        <Checks
          name="methods"
          legend={t('gateway.methods')}
          options={METHODS}
          checked={route?.methods ?? ['GET']}
        />
        <Checks
          name="scopes"
          legend={t('apiKeys.scopes')}
          hint={t('gateway.scopesHint')}
          options={resource.scopes.map(({ name }) => name)}
          checked={route?.scopes ?? []}
        />
        <Field
          name="roles"
          label={t('users.roles')}
          hint={t('gateway.rolesHint')}
          rows={2}
          defaultValue={route?.roles.join('\n') ?? ''}
        />
        <Check name="isPublic" label={t('gateway.isPublic')} isOn={route?.isPublic ?? false} />
        <div class="pair">
          <Field
            name="requests"
            inputMode="numeric"
            pattern="[0-9]*"
            label={t('gateway.requests')}
            hint={t('gateway.requestsHint')}
            defaultValue={route?.limit ? String(route.limit.requests) : ''}
          />
          <Select
            name="per"
            label={t('gateway.per')}
            value={route?.limit?.per ?? 'minute'}
            options={PERIODS.map((per) => [per, t(`gateway.per_${per}`)])}
          />
        </div>
      </Form>
    </Dialog>
  );
}

function bodyOf(fields: FormFields): object {
  const requests = fields.text('requests');
  return {
    path: fields.text('path'),
    methods: fields.all('methods'),
    scopes: fields.all('scopes'),
    roles: fields.lines('roles'),
    isPublic: fields.isChecked('isPublic'),
    limit: requests ? { requests: Number(requests), per: fields.text('per') } : null,
  };
}
