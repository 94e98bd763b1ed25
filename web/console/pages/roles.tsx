import { useSignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { getAll, useData } from '../data.js';
import { closeDialog, query, setQuery } from '../router.js';
import { may } from '../settings.js';
import { t } from '../texts.js';
import type { Role, Scope } from '../types.js';
import { Loaded, Page } from '../ui/parts.js';
import { CreateRole, OneRole } from './roles/dialogs.js';
import { changesOf, type Draft } from './roles/draft.js';
import { Matrix } from './roles/matrix.js';
import { Review } from './roles/review.js';

interface Known {
  roles: Role[];
  scopes: Scope[];
}

/** Which role gives which scopes, as a table to tick; nothing is changed before it was looked at once more. */
export default function Roles() {
  const data = useData<Known>('roles', async () => {
    const [roles, scopes] = await Promise.all([getAll<Role>('/v1/roles'), getAll<Scope>('/v1/scopes')]);
    return { roles, scopes };
  });
  const draft = useSignal<Draft>(new Map());
  const [shown, setShown] = useState<Role>();
  const [isReviewing, setReviewing] = useState(false);
  const changes = data.value ? changesOf(draft.value, data.value.roles) : [];
  const count = changes.reduce((sum, { added, removed }) => sum + added.length + removed.length, 0);
  return (
    <Page
      title={t('entry.roles')}
      lead={t('roles.lead')}
      actions={
        may('roles:write') && (
          <button type="button" class="primary" onClick={() => setQuery({ do: 'create' })}>
            {t('roles.create')}
          </button>
        )
      }
    >
      <Loaded data={data}>
        {({ roles, scopes }) => (
          <>
            <Matrix roles={roles} scopes={scopes} draft={draft} onShow={setShown} />
            {count > 0 && (
              <div class="pending" role="status">
                <p>{t('roles.pending', { count })}</p>
                <div class="actions">
                  <button type="button" onClick={() => (draft.value = new Map())}>
                    {t('roles.discard')}
                  </button>
                  <button type="button" class="primary" onClick={() => setReviewing(true)}>
                    {t('roles.review')}
                  </button>
                </div>
              </div>
            )}
            {isReviewing && (
              <Review
                changes={changes}
                onClose={() => setReviewing(false)}
                onSaved={() => {
                  draft.value = new Map();
                  data.reload();
                }}
              />
            )}
          </>
        )}
      </Loaded>
      {shown && <OneRole role={shown} onClose={() => setShown(undefined)} onChanged={data.reload} />}
      {query.value.get('do') === 'create' && <CreateRole onClose={closeDialog} onChanged={data.reload} />}
    </Page>
  );
}
