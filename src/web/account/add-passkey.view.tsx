import { Field, Notice } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

interface AddPasskeyProps {
  /** What the authenticator is asked, as JSON. */
  options: string;
  errors?: FieldTexts;
  problem?: ProblemText;
}

/** Registers a passkey, which is the one thing here that needs a script. */
export function AddPasskeyView({ options, errors = {}, problem }: AddPasskeyProps) {
  const t = useTexts();
  return (
    <section class="panel single">
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <p>{t('addPasskey.lead')}</p>
      <noscript>
        <Notice kind="info">{t('passkey.needsScript')}</Notice>
      </noscript>
      <form
        method="post"
        action="/account/passkeys/new"
        class="passkey-with-fields"
        data-passkey="create"
        data-options={options}
      >
        <Field
          id="name"
          label={t('addPasskey.name')}
          hint={t('addPasskey.hint')}
          autocomplete="off"
          required
          maxLength={100}
          error={errors['name'] && t(errors['name'])}
        />
        <input type="hidden" name="passkey" />
        <div class="actions">
          <button class="primary">{t('addPasskey.submit')}</button>
          <a class="button quiet" href="/account/security">
            {t('confirm.cancel')}
          </a>
        </div>
        <p class="hint" role="status" data-failed={t('addPasskey.failed')} />
      </form>
    </section>
  );
}
