import type { Passkey } from '../../accounts/factors/passkey.entity.js';
import { Field, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';

interface EditPasskeyProps {
  passkey: Passkey;
  errors: FieldTexts;
  /** Whether the account has no password and no other passkey. */
  isLast: boolean;
}

/** One passkey: its name, and its end. */
export function EditPasskeyView({ passkey: { id, name }, errors, isLast }: EditPasskeyProps) {
  const t = useTexts();
  return (
    <>
      <section class="panel single">
        <form method="post" action={`/account/passkeys/${id}`}>
          <Field
            id="name"
            label={t('addPasskey.name')}
            autocomplete="off"
            required
            maxLength={100}
            value={name}
            error={errors['name'] && t(errors['name'])}
          />
          <div class="actions">
            <Submit>{t('profile.save')}</Submit>
            <a class="button quiet" href="/account/security">
              {t('confirm.cancel')}
            </a>
          </div>
        </form>
      </section>
      <section class="panel single">
        <h2>{t('editPasskey.remove')}</h2>
        <p>{t(isLast ? 'editPasskey.isLast' : 'editPasskey.removeText')}</p>
        {!isLast && (
          <form method="post" action={`/account/passkeys/${id}/remove`} class="actions">
            <Submit kind="danger">{t('security.remove')}</Submit>
          </form>
        )}
      </section>
    </>
  );
}
