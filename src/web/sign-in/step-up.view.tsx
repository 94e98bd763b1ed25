import type { Method } from '../../accounts/factors/factors.errors.js';
import { CodeField, HiddenEmail, Notice, PasswordField, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { OtherMethods } from './other-methods.view.js';
import { PasskeyForm } from './passkey-form.view.js';

export interface StepUpProps {
  next: string;
  email: string;
  methods: readonly Method[];
  /** `undefined` for an account without a second factor, which is asked for its password. */
  method: Method | undefined;
  problem?: ProblemText | undefined;
}

/** Who is signed in proves it once more, before something that a stolen session must not be enough for. */
export function StepUpView({ next, email, methods, method, problem }: StepUpProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('secondStep.title')}</h1>
      <p class="lead">{t(method ? `secondStep.${method}` : 'stepUp.password', { email })}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      {method === 'passkey' ? (
        <>
          <PasskeyForm action="/step-up" next={next} fields={{ method }} kind="primary">
            {t('secondStep.usePasskey')}
          </PasskeyForm>
          <noscript>
            <p class="hint">{t('passkey.needsScript')}</p>
          </noscript>
        </>
      ) : (
        <form method="post" action="/step-up">
          <input type="hidden" name="continue" value={next} />
          <HiddenEmail value={email} />
          {method && <input type="hidden" name="method" value={method} />}
          {method ? <CodeField kind={method} autofocus /> : <PasswordField purpose="current" autofocus />}
          <Submit>{t('secondStep.submit')}</Submit>
        </form>
      )}
      {method && (
        <OtherMethods action="/step-up" method={method} methods={methods} fields={{ continue: next }} />
      )}
      <p class="other">
        <a href="/account">{t('stepUp.back')}</a>
      </p>
    </>
  );
}
