import { HiddenEmail, Notice, PasswordField, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

interface DeleteAccountProps {
  email: string;
  problem?: ProblemText | undefined;
  errors?: FieldTexts;
}

/** The end of the account, by its password. */
export function DeleteAccountView({ email, problem, errors = {} }: DeleteAccountProps) {
  const t = useTexts();
  return (
    <section class="panel single">
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <p>{t('delete.text', { email })}</p>
      <form method="post" action="/account/delete">
        <HiddenEmail value={email} />
        <PasswordField
          purpose="current"
          label={t('field.currentPassword')}
          error={errors['password'] && t(errors['password'])}
        />
        <div class="actions">
          <Submit kind="danger">{t('delete.submit')}</Submit>
          <a class="button quiet" href="/account/data">
            {t('confirm.cancel')}
          </a>
        </div>
      </form>
    </section>
  );
}
