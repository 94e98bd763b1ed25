import { PasswordField, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';

interface ConfirmAddressProps {
  action: string;
  token: string;
  /** Whether the password of the account is needed too. */
  asksPassword?: boolean;
  problem?: ProblemText;
}

/** A button, for programs that look at mail open its links too. */
export function ConfirmAddressView({ action, token, asksPassword = false, problem }: ConfirmAddressProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('confirmAddress.title')}</h1>
      <p class="lead">{t('confirmAddress.lead')}</p>
      <form method="post" action={action}>
        <input type="hidden" name="token" value={token} />
        {asksPassword && (
          <PasswordField purpose="current" error={problem && t(problem.key, problem.values)} />
        )}
        <Submit>{t('confirmAddress.submit')}</Submit>
      </form>
      {asksPassword && (
        <p class="other">
          <a href="/reset">{t('code.reset')}</a>
        </p>
      )}
    </>
  );
}
