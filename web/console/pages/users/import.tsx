import { useId, useState } from 'preact/hooks';
import type { ImportSummary } from '../../../../src/operations/transfer/transfer.dto.js';
import { sendFile } from '../../api.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Check, Form, Select } from '../../ui/form.js';
import { Facts, Table } from '../../ui/parts.js';

const FORMATS = [
  ['', 'JSON Lines'],
  ['auth0', 'Auth0'],
  ['keycloak', 'Keycloak'],
] as const;
const LINES = 'application/x-ndjson';

interface ImportProps {
  onClose: () => void;
  /** Called when accounts were made or changed. */
  onDone: () => void;
}

/** Makes accounts from a file, and says what came of each line. */
export function ImportUsers({ onClose, onDone }: ImportProps) {
  const [summary, setSummary] = useState<ImportSummary>();
  return (
    <Dialog title={t('users.import')} onClose={onClose}>
      {summary ? (
        <Outcome of={summary} onClose={onClose} />
      ) : (
        <Form
          submit={t('users.import')}
          onCancel={onClose}
          onSubmit={async (fields) => {
            const asked = {
              format: fields.text('format'),
              update: fields.isChecked('update') ? 'true' : '',
            };
            setSummary(await sendFile<ImportSummary>('/v1/users/import', asked, fields.file('file'), LINES));
            onDone();
          }}
        >
          <p>{t('users.importLead')}</p>
          <FileField name="file" label={t('users.importFile')} />
          <Select name="format" label={t('users.importFormat')} options={FORMATS} />
          <Check name="update" label={t('users.importUpdate')} />
        </Form>
      )}
    </Dialog>
  );
}

function FileField({ name, label }: { name: string; label: string }) {
  const id = useId();
  return (
    <div>
      <label for={id}>{label}</label>
      <input id={id} name={name} type="file" accept=".ndjson,.jsonl,.json" required autofocus />
    </div>
  );
}

function Outcome({ of, onClose }: { of: ImportSummary; onClose: () => void }) {
  const { created, updated, skipped, failed, errors } = of;
  return (
    <div role="status">
      <Facts
        of={[
          [t('users.importCreated'), created],
          [t('users.importUpdated'), updated],
          [t('users.importSkipped'), skipped],
          [t('users.importFailed'), failed],
        ]}
      />
      {errors.length > 0 && (
        <Table label={t('users.importFailed')} heads={[t('users.importLine'), t('users.importWhy')]}>
          {errors.map(({ line, message }, position) => (
            <tr key={position}>
              <th scope="row">{line}</th>
              <td>
                <bdi>{message}</bdi>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </div>
  );
}
