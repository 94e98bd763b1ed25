import { EmailField, Field, Notice, NewPasswordFields, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

export interface SignUpProps {
  next: string;
  minLength: number;
  email?: string;
  name?: string;
  problem?: ProblemText | undefined;
  errors?: FieldTexts;
}

/** A new account. */
export function SignUpView({ next, minLength, email, name, problem, errors = {} }: SignUpProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('signUp.title')}</h1>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/signup">
        <input type="hidden" name="continue" value={next} />
        <Field
          id="name"
          label={t('field.name')}
          hint={t('field.optional')}
          autocomplete="name"
          maxLength={100}
          value={name || undefined}
          error={errors['name'] && t(errors['name'])}
        />
        <EmailField value={email} error={errors['email'] && t(errors['email'])} />
        <NewPasswordFields minLength={minLength} errors={errors} />
        <Submit>{t('signUp.submit')}</Submit>
      </form>
      <p class="other">
        {t('signUp.known')} <a href={`/login?continue=${encodeURIComponent(next)}`}>{t('signUp.logIn')}</a>
      </p>
    </>
  );
}
