import { Notice } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';

/** It is shown this once. */
export function MadeKeyView({ name, secret }: { name: string; secret: string }) {
  const t = useTexts();
  return (
    <section class="panel single">
      <Notice kind="info">{t('madeKey.keep')}</Notice>
      <h2 dir="auto">{name}</h2>
      <p>
        <code class="secret" id="secret">
          {secret}
        </code>
      </p>
      <p class="actions">
        <a class="button primary" href="/account/keys">
          {t('madeKey.kept')}
        </a>
        <button type="button" hidden data-copy="secret" data-copied={t('copy.done')}>
          {t('copy.one')}
        </button>
      </p>
    </section>
  );
}
