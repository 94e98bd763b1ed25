import { CodeField, Notice, Submit } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ProblemText } from '../views/problem-texts.js';
import { QrCode } from './qr-code.view.js';

/** The picture for the authenticator application, the key in text, and the code that shows that it works. */
export function TotpView({ uri, problem }: { uri: string; problem?: ProblemText | undefined }) {
  const t = useTexts();
  const secret = /[?&]secret=([A-Z2-7]+)/.exec(uri)?.[1] ?? '';
  return (
    <section class="panel single">
      {problem && <Notice kind="error">{t(problem.key, problem.values)}</Notice>}
      <ol class="steps">
        <li>
          <p>{t('totp.scan')}</p>
          <QrCode text={uri} label={t('totp.picture')} />
          <p class="hint">{t('totp.type')}</p>
          <p>
            <code class="key" id="secret">
              {secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}
            </code>{' '}
            <button type="button" class="small" hidden data-copy="secret" data-copied={t('copy.done')}>
              {t('copy.one')}
            </button>
          </p>
          <p>
            <a href={uri}>{t('totp.open')}</a>
          </p>
        </li>
        <li>
          <p>{t('totp.enter')}</p>
          <form method="post" action="/account/totp/confirm">
            <input type="hidden" name="uri" value={uri} />
            <CodeField kind="totp" />
            <div class="actions">
              <Submit>{t('totp.submit')}</Submit>
              <a class="button quiet" href="/account/security">
                {t('confirm.cancel')}
              </a>
            </div>
          </form>
        </li>
      </ol>
    </section>
  );
}
