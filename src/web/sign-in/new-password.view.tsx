import type { Method } from '../../accounts/factors/factors.errors.js';
import { CodeField, HiddenEmail, NewPasswordFields, Notice, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { OtherMethods } from './other-methods.view.js';

export interface NewPasswordProps {
  token: string;
  email: string;
  minLength: number;
  /** The second factors of the account; one of them is needed where there are any. */
  methods: readonly Method[];
  method: Method | undefined;
  problem?: ProblemText | undefined;
  errors?: FieldTexts;
}

/** Chooses another password with the token of a mail. */
export function NewPasswordView({
  token,
  email,
  minLength,
  methods,
  method,
  problem,
  errors = {},
}: NewPasswordProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('newPassword.title')}</h1>
      <p class="lead">{t('newPassword.lead', { email })}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      {method && <OtherMethods action="/code/reset" method={method} methods={methods} fields={{ token }} />}
      <form
        method="post"
        action="/code/reset"
        {...(method === 'passkey' && { 'data-passkey': 'get', class: 'passkey-with-fields' })}
      >
        <input type="hidden" name="token" value={token} />
        <input type="hidden" name="method" value={method} />
        <HiddenEmail value={email} />
        <NewPasswordFields minLength={minLength} errors={errors} />
        {method === 'passkey' && <input type="hidden" name="passkey" />}
        {method === 'passkey' && <p class="hint">{t('newPassword.passkey')}</p>}
        {(method === 'totp' || method === 'recovery_code') && (
          <CodeField kind={method} error={errors['code'] && t(errors['code'])} />
        )}
        <Submit>{t('newPassword.submit')}</Submit>
        {method === 'passkey' && <p class="hint" role="status" data-failed={t('passkey.failed')} />}
      </form>
    </>
  );
}
