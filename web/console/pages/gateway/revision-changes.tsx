import { get, ProblemError } from '../../api.js';
import { useData } from '../../data.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Loaded, Tag } from '../../ui/parts.js';
import { changesOf, EMPTY, type Shown } from './changes.js';

const TONES = { added: 'good', removed: 'bad', changed: 'warn' } as const;
const NAMES = { added: 'roles.added', removed: 'roles.removed', changed: 'gateway.changed' } as const;

/** What a revision has that the one before it had not, and the other way round. */
export function RevisionChanges({ seq, onClose }: { seq: number; onClose: () => void }) {
  const data = useData(`changes ${seq}`, async () =>
    changesOf(...(await Promise.all([documentOf(seq - 1), documentOf(seq)]))),
  );
  return (
    <Dialog title={t('gateway.changesTitle', { seq })} onClose={onClose} isWide>
      <Loaded data={data}>
        {(changes) =>
          changes.length === 0 ? (
            <div class="empty">{t('gateway.same')}</div>
          ) : (
            <ul class="plain">
              {changes.map(({ kind, name, fields }) => (
                <li key={name}>
                  <Tag tone={TONES[kind]}>{t(NAMES[kind])}</Tag> <code>{name}</code>
                  {fields.map(({ field, before, after }) => (
                    <p key={field} class="hint">
                      <code>{field}</code> {before !== undefined && <del>{before}</del>}{' '}
                      {after !== undefined && <ins>{after}</ins>}
                    </p>
                  ))}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Dialog>
  );
}

/** Nothing before the first. */
async function documentOf(seq: number): Promise<Shown> {
  if (seq === 0) return EMPTY;
  try {
    return (await get<{ document: Shown }>(`/v1/gateway/revisions/${seq}`)).document;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return EMPTY;
    throw error;
  }
}
