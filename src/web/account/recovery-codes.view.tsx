import { Notice } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';

/** They are shown this once. */
export function RecoveryCodesView({ codes }: { codes: string[] }) {
  const t = useTexts();
  return (
    <section class="panel single">
      <Notice kind="info">{t('recovery.keep')}</Notice>
      <ol class="codes" id="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
            {'\n'}
          </li>
        ))}
      </ol>
      <p class="actions">
        <a class="button primary" href="/account/security?done=totp">
          {t('recovery.kept')}
        </a>
        <button type="button" hidden data-copy="codes" data-copied={t('copy.done')}>
          {t('copy.all')}
        </button>
      </p>
    </section>
  );
}
