import { useState } from 'preact/hooks';
import type { ResourceResponse } from '../../../../src/apis/resources/resources.dto.js';
import { send, type Wire } from '../../api.js';
import { usePages } from '../../data.js';
import { closeDialog, query } from '../../router.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form, Select } from '../../ui/form.js';
import { List, Tag, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';

type Resource = Wire<ResourceResponse>;

/** A resource goes forward alone. */
const STAGES = ['draft', 'published', 'deprecated', 'retired'] as const;

/** The APIs that tokens are made for. */
export function Resources() {
  const pages = usePages<Resource>('/v1/resources', {});
  const [editing, setEditing] = useState<Resource>();
  return (
    <>
      <List
        pages={pages}
        label={t('resources.tab')}
        empty={t('resources.none')}
        heads={[t('apps.name'), t('resources.stage'), t('apiKeys.scopes'), t('resources.changed'), undefined]}
        row={(resource) => (
          <tr key={resource.id}>
            <th scope="row">
              <bdi>{resource.name}</bdi>
              <span class="hint">
                <code>{resource.identifier}</code>
              </span>
            </th>
            <td>
              <Tag tone={resource.status === 'published' ? 'good' : undefined}>
                {t(`resources.${resource.status}`)}
              </Tag>
            </td>
            <td class="names">{resource.scopes.map(({ name }) => name).join(', ')}</td>
            <td>
              <Time at={resource.updatedAt} />
            </td>
            <td>
              {may('resources:write') && (
                <button type="button" class="small" onClick={() => setEditing(resource)}>
                  {t('action.edit')}
                </button>
              )}
            </td>
          </tr>
        )}
      />
      {query.value.get('do') === 'create' && <Edit onClose={closeDialog} onDone={pages.reload} />}
      {editing && <Edit of={editing} onClose={() => setEditing(undefined)} onDone={pages.reload} />}
    </>
  );
}

interface EditProps {
  of?: Resource;
  onClose: () => void;
  onDone: () => void;
}

function Edit({ of: resource, onClose, onDone }: EditProps) {
  const title = t(resource ? 'resources.edit' : 'resources.create');
  const stages = STAGES.slice(STAGES.indexOf(resource?.status ?? 'draft'));
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={resource ? t('action.save') : title}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const body = {
            name: fields.text('name'),
            description: fields.text('description') || null,
            scopes: fields.lines('scopes').map((line) => scopeOf(line, resource)),
            ...(resource
              ? fields.text('status') !== resource.status && { status: fields.text('status') }
              : { identifier: fields.text('identifier') }),
          };
          if (resource) await send('PATCH', `/v1/resources/${resource.id}`, body);
          else await send('POST', '/v1/resources', body);
          onClose();
          onDone();
          say(t('resources.saved'));
        }}
      >
        {!resource && (
          <Field
            name="identifier"
            type="url"
            label={t('resources.identifier')}
            hint={t('resources.identifierHint')}
            placeholder="https://api.example.com/orders"
            required
            autofocus
          />
        )}
        <Field
          name="name"
          label={t('apps.name')}
          defaultValue={resource?.name ?? ''}
          required
          autocomplete="off"
        />
        <Field name="description" label={t('roles.description')} defaultValue={resource?.description ?? ''} />
        <Field
          name="scopes"
          label={t('apiKeys.scopes')}
          hint={t('resources.scopesHint')}
          rows={4}
          defaultValue={resource?.scopes.map(({ name }) => name).join('\n') ?? ''}
        />
        {resource && (
          <Select
            name="status"
            label={t('resources.stage')}
            hint={t('resources.stageHint')}
            value={resource.status}
            options={stages.map((each) => [each, t(`resources.${each}`)])}
          />
        )}
      </Form>
    </Dialog>
  );
}

/** What was said of a scope stays. */
function scopeOf(name: string, resource: Resource | undefined) {
  const known = resource?.scopes.find((each) => each.name === name);
  return { name, description: known?.description ?? null };
}
