import { Field, Notice, Submit } from './fields.view.js';
import { useTexts } from './page-context.js';
import type { ProblemText } from './problem-texts.js';

interface MailedCodeProps {
  problem?: ProblemText | undefined;
  /** For the page that links in mail lead to, where a visitor may also just want to sign in. */
  withSignIn?: boolean;
}

/**
 * Where links in mail lead. The token is in the fragment, which a script puts into the field and sends; without a script
 * the whole link is pasted.
 */
export function MailedCodeView({ problem, withSignIn = false }: MailedCodeProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t(withSignIn ? 'account.visitorTitle' : 'code.title')}</h1>
      {withSignIn && (
        <>
          <p class="lead">{t('account.visitorLead')}</p>
          <p>
            <a class="button primary" href="/login">
              {t('login.title')}
            </a>
          </p>
          <h2>{t('code.title')}</h2>
        </>
      )}
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <form method="post" action="/code" data-mailed>
        <Field
          id="mailed"
          label={t('code.label')}
          hint={t('code.hint')}
          autocomplete="off"
          required
          maxLength={2000}
        />
        <Submit kind={withSignIn ? 'secondary' : 'primary'}>{t('code.submit')}</Submit>
      </form>
      <p class="other">
        <a href="/reset">{t('code.reset')}</a>
      </p>
    </>
  );
}
