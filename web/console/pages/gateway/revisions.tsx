import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { usePages } from '../../data.js';
import { closeDialog, query } from '../../router.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Field, Form } from '../../ui/form.js';
import { Confirm, List, Tag, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import { RevisionChanges } from './revision-changes.js';
import type { Revision } from './types.js';

type Doing = { what: 'changes' | 'restore'; seq: number };

/** What was published, the newest first; each can be compared with the one before, and brought back. */
export function Revisions() {
  const pages = usePages<Revision>('/v1/gateway/revisions', {});
  const [doing, setDoing] = useState<Doing>();
  const newest = query.value.get('cursor') ? undefined : pages.value?.items[0]?.seq;
  const served = ({ seq }: Revision) => {
    pages.reload();
    say(t('gateway.isServed', { seq }));
  };
  return (
    <>
      <List
        pages={pages}
        label={t('gateway.revisions')}
        empty={t('gateway.noRevisions')}
        heads={[t('gateway.revision'), t('gateway.note'), t('audit.when'), undefined]}
        row={({ seq, note, createdAt }) => (
          <tr key={seq}>
            <th scope="row">
              {seq} {seq === newest && <Tag tone="good">{t('gateway.live')}</Tag>}
            </th>
            <td class="names">
              <bdi>{note ?? '–'}</bdi>
            </td>
            <td>
              <Time at={createdAt} />
            </td>
            <td>
              <div class="actions">
                <button type="button" class="small" onClick={() => setDoing({ what: 'changes', seq })}>
                  {t('gateway.changes')}
                </button>
                {seq !== newest && may('gateway:write') && (
                  <button type="button" class="small" onClick={() => setDoing({ what: 'restore', seq })}>
                    {t('gateway.restore')}
                  </button>
                )}
              </div>
            </td>
          </tr>
        )}
      />
      {query.value.get('do') === 'create' && <Publish onClose={closeDialog} onDone={served} />}
      {doing?.what === 'changes' && <RevisionChanges seq={doing.seq} onClose={() => setDoing(undefined)} />}
      {doing?.what === 'restore' && (
        <Confirm
          title={t('gateway.restoreTitle', { seq: doing.seq })}
          submit={t('gateway.restore')}
          isDanger={false}
          onClose={() => setDoing(undefined)}
          act={async () => served(await send<Revision>('POST', `/v1/gateway/revisions/${doing.seq}/restore`))}
        >
          <p>{t('gateway.restoreText')}</p>
        </Confirm>
      )}
    </>
  );
}

/** Makes what the rows say take effect. What does not compile is named, row by row. */
function Publish({ onClose, onDone }: { onClose: () => void; onDone: (made: Revision) => void }) {
  return (
    <Dialog title={t('gateway.publishNow')} onClose={onClose}>
      <Form
        submit={t('gateway.publishNow')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const note = fields.text('note') || null;
          const made = await send<Revision>('POST', '/v1/gateway/revisions', { note });
          onClose();
          onDone(made);
        }}
      >
        <p>{t('gateway.publishNowText')}</p>
        <Field
          name="note"
          label={t('gateway.note')}
          hint={t('form.optional')}
          maxLength={500}
          autocomplete="off"
          autofocus
        />
      </Form>
    </Dialog>
  );
}
