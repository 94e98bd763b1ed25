import type { Method } from '../../accounts/factors/factors.errors.js';
import { CodeField, HiddenEmail, Notice, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { OtherMethods } from './other-methods.view.js';
import { PasskeyForm } from './passkey-form.view.js';

export interface SecondStepProps {
  next: string;
  /** The login that waits; only this page knows it, so that other tabs have theirs. */
  challenge: string;
  email: string;
  methods: readonly Method[];
  /** The one that is asked for now. */
  method: Method;
  problem?: ProblemText | undefined;
}

/** The second factor of a sign-in, whichever of them. */
export function SecondStepView({ next, challenge, email, methods, method, problem }: SecondStepProps) {
  const t = useTexts();
  const fields = { challenge, methods: methods.join(' '), email };
  return (
    <>
      <h1>{t('secondStep.title')}</h1>
      <p class="lead">{t(`secondStep.${method}`)}</p>
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      {method === 'passkey' ? (
        <>
          <PasskeyForm action="/login/second-step" next={next} fields={{ ...fields, method }} kind="primary">
            {t('secondStep.usePasskey')}
          </PasskeyForm>
          <noscript>
            <p class="hint">{t('passkey.needsScript')}</p>
          </noscript>
        </>
      ) : (
        <form method="post" action="/login/second-step">
          <input type="hidden" name="continue" value={next} />
          <input type="hidden" name="challenge" value={challenge} />
          <input type="hidden" name="methods" value={methods.join(' ')} />
          <input type="hidden" name="method" value={method} />
          <HiddenEmail value={email} />
          <CodeField kind={method} autofocus />
          <Submit>{t('secondStep.submit')}</Submit>
        </form>
      )}
      <OtherMethods
        action="/login/second-step"
        method={method}
        methods={methods}
        fields={{ ...fields, continue: next }}
      />
      <p class="other">
        <a href={`/login?continue=${encodeURIComponent(next)}&login_hint=${encodeURIComponent(email)}`}>
          {t('secondStep.startOver')}
        </a>
      </p>
    </>
  );
}
