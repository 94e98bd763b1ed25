import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form, Select } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import type { Version } from './types.js';

interface DeprecateVersionProps {
  path: string;
  /** Where callers may go instead. */
  others: Version[];
  onClose: () => void;
  onDone: () => void;
}

/** Announces the end of a version. */
export function DeprecateVersion({ path, others, onClose, onDone }: DeprecateVersionProps) {
  return (
    <Dialog title={t('gateway.deprecateTitle')} onClose={onClose}>
      <Form
        submit={t('gateway.deprecate')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const sunset = fields.text('sunsetAt');
          await send('POST', `${path}/deprecate`, {
            sunsetAt: sunset ? new Date(sunset).toISOString() : null,
            successorId: fields.text('successorId') || null,
            docsUrl: fields.text('docsUrl') || null,
          });
          onClose();
          onDone();
          say(t('gateway.deprecateDone'));
        }}
      >
        <p>{t('gateway.deprecateText')}</p>
        <Field
          name="sunsetAt"
          type="datetime-local"
          label={t('gateway.sunset')}
          hint={t('gateway.sunsetHint')}
          autofocus
        />
        {others.length > 0 && (
          <Select
            name="successorId"
            label={t('gateway.successor')}
            options={[['', '–'], ...others.map(({ id, label }) => [id, label] as const)]}
          />
        )}
        <Field
          name="docsUrl"
          type="url"
          label={t('gateway.docsUrl')}
          hint={t('form.optional')}
          placeholder="https://"
        />
      </Form>
    </Dialog>
  );
}
