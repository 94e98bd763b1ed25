import { Notice, Submit } from './fields.view.js';
import { useTexts } from './page-context.js';

interface CheckMailProps {
  /** What the mail is for. */
  purpose: 'verification' | 'reset' | 'change';
  email: string;
  /** Where another one is asked for. */
  again?: string;
  wasSentAgain?: boolean;
  /** Where to go on to once the link has been opened, in this browser or in another one. */
  next?: string | undefined;
}

/** The same whether there is an account with this address or not. */
export function CheckMailView({ purpose, email, again, wasSentAgain = false, next }: CheckMailProps) {
  const t = useTexts();
  return (
    <>
      <h1>{t('checkMail.title')}</h1>
      {wasSentAgain && <Notice kind="good">{t('checkMail.sentAgain')}</Notice>}
      <p>{t(`checkMail.${purpose}`, { email })}</p>
      <p class="hint">{t('checkMail.hint')}</p>
      {again && (
        <form method="post" action={again}>
          <input type="hidden" name="email" value={email} />
          <input type="hidden" name="again" value="yes" />
          {next !== undefined && <input type="hidden" name="continue" value={next} />}
          <Submit kind="secondary">{t('checkMail.again')}</Submit>
        </form>
      )}
      {next !== undefined && (
        <p class="other">
          <a href={`/login?continue=${encodeURIComponent(next)}`}>{t('checkMail.goOn')}</a>
        </p>
      )}
      <p class="other">
        <a href="/code">{t('checkMail.code')}</a>
      </p>
    </>
  );
}
