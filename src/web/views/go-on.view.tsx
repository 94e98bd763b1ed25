import { useTexts } from './page-context.js';

/** Seen for a moment, or for as long as the browser does not go on by itself. */
export function GoOn({ address }: { address: string }) {
  const t = useTexts();
  return (
    <>
      <h1>{t('goOn.title')}</h1>
      <p>
        <a class="button primary" href={address}>
          {t('goOn.link')}
        </a>
      </p>
    </>
  );
}
