import { EmailField, Field, NewPasswordFields, Notice, Submit } from '../views/fields.view.js';
import type { FieldTexts, FormBody } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

export interface SetUpProps {
  minLength: number;
  typed?: FormBody;
  problem?: ProblemText | undefined;
  errors?: FieldTexts;
}

/** The first administrator, by the code that the server printed. */
export function SetUpView({ minLength, typed = {}, problem, errors = {} }: SetUpProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('setUp.title')}</h1>
      <p class="lead">{t('setUp.lead')}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/setup">
        <Field
          id="setup-code"
          name="code"
          label={t('setUp.code')}
          hint={t('setUp.codeHint')}
          autocomplete="off"
          required
          maxLength={100}
          value={typed['code']}
          error={errors['code'] && t(errors['code'])}
        />
        <Field
          id="name"
          label={t('field.name')}
          hint={t('field.optional')}
          autocomplete="name"
          maxLength={100}
          value={typed['name']}
          error={errors['name'] && t(errors['name'])}
        />
        <EmailField value={typed['email']} error={errors['email'] && t(errors['email'])} />
        <NewPasswordFields minLength={minLength} errors={errors} />
        <Submit>{t('setUp.submit')}</Submit>
      </form>
    </>
  );
}
