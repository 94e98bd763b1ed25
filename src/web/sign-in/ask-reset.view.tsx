import { EmailField, Notice, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

export interface AskResetProps {
  /** Where to go on to in the end. */
  next: string;
  email?: string;
  problem?: ProblemText | undefined;
  errors?: FieldTexts;
}

/** Asks for the mail with which another password is chosen. */
export function AskResetView({ next, email, problem, errors = {} }: AskResetProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('reset.title')}</h1>
      <p class="lead">{t('reset.lead')}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/reset">
        <input type="hidden" name="continue" value={next} />
        <EmailField value={email} autofocus error={errors['email'] && t(errors['email'])} />
        <Submit>{t('reset.submit')}</Submit>
      </form>
      <p class="other">
        <a href={`/login?continue=${encodeURIComponent(next)}`}>{t('reset.back')}</a>
      </p>
    </>
  );
}
