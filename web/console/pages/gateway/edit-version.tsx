import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Check, Field, Form, Select } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import type { Upstream, Version } from './types.js';

const SELECTORS = ['path', 'header', 'host'] as const;

interface EditVersionProps {
  of?: Version;
  /** Where it is changed, or where another one is made. */
  path: string;
  upstreams: Upstream[];
  onClose: () => void;
  onDone: () => void;
}

/** Where a version of an API stands, and which service answers. */
export function EditVersion({ of: version, path, upstreams, onClose, onDone }: EditVersionProps) {
  const title = t(version ? 'gateway.editVersion' : 'gateway.addVersion');
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={version ? t('action.save') : title}
        onCancel={onClose}
        onSubmit={async (fields) => {
          await send(version ? 'PATCH' : 'POST', path, {
            label: fields.text('label'),
            selector: { kind: fields.text('kind'), value: fields.text('selector') },
            upstreamId: fields.text('upstreamId'),
            basePath: fields.text('basePath'),
            stripPrefix: fields.isChecked('stripPrefix'),
          });
          onClose();
          onDone();
          say(t('gateway.saved'));
        }}
      >
        <Field
          name="label"
          label={t('gateway.label')}
          defaultValue={version?.label ?? 'v1'}
          maxLength={32}
          required
          autofocus
        />
        <Select
          name="upstreamId"
          label={t('gateway.service')}
          {...(upstreams.length === 0 && { hint: t('gateway.noUpstreams') })}
          value={version?.upstreamId}
          options={upstreams.map(({ id, name }) => [id, name])}
        />
        <Field
          name="basePath"
          dir="ltr"
          label={t('gateway.basePath')}
          hint={t('gateway.basePathHint')}
          placeholder="/items"
          defaultValue={version?.basePath ?? ''}
        />
        <div class="pair">
          <Select
            name="kind"
            label={t('gateway.selector')}
            value={version?.selector.kind}
            options={SELECTORS.map((kind) => [kind, t(`gateway.selector_${kind}`)])}
          />
          <Field
            name="selector"
            dir="ltr"
            label={t('gateway.selectorValue')}
            hint={t('gateway.selectorHint')}
            defaultValue={version?.selector.value ?? 'v1'}
            required
          />
        </div>
        <Check name="stripPrefix" label={t('gateway.stripPrefix')} isOn={version?.stripPrefix ?? true} />
      </Form>
    </Dialog>
  );
}
