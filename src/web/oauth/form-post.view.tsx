import type { PostedAnswer } from '../../oauth/provider/oauth-pages.service.js';
import { useTexts } from '../views/page-context.js';

/** An answer for a client that takes it as a form: sent by the script, or by the button. */
export function FormPostView({ address, fields, script }: PostedAnswer) {
  const t = useTexts();
  return (
    <>
      <h1>{t('goOn.title')}</h1>
      <form id="answer" method="post" action={address}>
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <button class="primary">{t('goOn.link')}</button>
      </form>
      <script dangerouslySetInnerHTML={{ __html: script }} />
    </>
  );
}
