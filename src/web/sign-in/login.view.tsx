import { EmailField, Notice, PasswordField, Submit } from '../views/fields.view.js';
import type { FieldTexts } from '../views/forms.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { PasskeyForm } from './passkey-form.view.js';

export interface LoginProps {
  /** Where to go on to. */
  next: string;
  /** What was typed, or is known. */
  email?: string;
  problem?: ProblemText | undefined;
  notice?: ProblemText | undefined;
  errors?: FieldTexts;
  /** A passkey that this server does not know, for the browser to forget. */
  unknownPasskey?: string | undefined;
}

/** The sign-in: a password, or a passkey. */
export function LoginView({ next, email, problem, notice, errors = {}, unknownPasskey }: LoginProps) {
  const t = useTexts();
  const isFirstTry = !problem && Object.keys(errors).length === 0;
  return (
    <>
      <h1>{t('login.title')}</h1>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      {notice && <Notice kind="info">{t(notice.key, notice.values)}</Notice>}
      <form method="post" action="/login" id="login">
        <input type="hidden" name="continue" value={next} />
        <EmailField
          conditional
          value={email}
          autofocus={isFirstTry && !email}
          error={errors['email'] && t(errors['email'])}
        />
        <PasswordField
          purpose="current"
          autofocus={!!email}
          error={errors['password'] && t(errors['password'])}
        />
        <p class="aside">
          <a href={`/reset?continue=${encodeURIComponent(next)}`}>{t('login.forgotten')}</a>
        </p>
        <Submit>{t('login.submit')}</Submit>
      </form>
      <PasskeyForm
        action="/login/passkey"
        next={next}
        conditional={isFirstTry}
        unknownPasskey={unknownPasskey}
      >
        {t('login.passkey')}
      </PasskeyForm>
      <p class="other">
        {t('login.new')} <a href={`/signup?continue=${encodeURIComponent(next)}`}>{t('login.signUp')}</a>
      </p>
    </>
  );
}
