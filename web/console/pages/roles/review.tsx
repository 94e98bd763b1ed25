import { send } from '../../api.js';
import { useGet } from '../../data.js';
import { has, may } from '../../settings.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Form } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import { scopesAfter, type Change } from './draft.js';

/** How many hold a role; counting stops at a bound. */
export interface Holders {
  count: number;
  isMore: boolean;
}

interface ReviewProps {
  changes: Change[];
  onClose: () => void;
  onSaved: () => void;
}

/** What saving would change, and for how many. */
export function Review({ changes, onClose, onSaved }: ReviewProps) {
  // Those that were saved before one was refused are not sent again.
  const open = new Set(changes);
  return (
    <Dialog title={t('roles.reviewTitle')} onClose={onClose}>
      <Form
        submit={t('action.save')}
        onCancel={onClose}
        onSubmit={async () => {
          for (const change of open) {
            await send('PATCH', `/v1/roles/${change.role.name}`, { scopes: scopesAfter(change) });
            open.delete(change);
          }
          onClose();
          onSaved();
          say(t('roles.saved'));
        }}
      >
        {changes.map((change) => (
          <ChangedRole key={change.role.name} {...change} />
        ))}
        <p class="hint">{t('roles.reviewHint')}</p>
      </Form>
    </Dialog>
  );
}

function ChangedRole({ role, added, removed }: Change) {
  return (
    <section class="difference">
      <h3>{role.name}</h3>
      <HolderCount role={role.name} />
      <ul>
        {added.map((scope) => (
          <li key={scope} class="added">
            <span aria-hidden="true">+</span> <code>{scope}</code>
            <span class="hidden"> {t('roles.added')}</span>
          </li>
        ))}
        {removed.map((scope) => (
          <li key={scope} class="removed">
            <span aria-hidden="true">−</span> <code>{scope}</code>
            <span class="hidden"> {t('roles.removed')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who is affected, with the way to them. */
export function HolderCount({ role }: { role: string }) {
  const { value } = useGet<Holders>(
    may('users:read') && has('/v1/roles/:name/holders') ? `/v1/roles/${role}/holders` : undefined,
  );
  if (!value) return null;
  const { count, isMore } = value;
  return (
    <p class="hint">
      <a href={`/console/users?role=${role}`}>
        {isMore ? t('roles.heldByMore', { most: count }) : t('roles.heldBy', { count })}
      </a>
    </p>
  );
}
