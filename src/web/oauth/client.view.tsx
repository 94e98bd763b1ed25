import { Notice } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { ClientFacts } from './client-facts.js';

/** An application by the name that it gives itself, and by what is known of it. */
export function ClientCard({ client }: { client: ClientFacts }) {
  const t = useTexts();
  const { name, documentHost, isVouchedFor, logo } = client;
  return (
    <>
      <p class="client">
        {logo !== undefined && <img src={logo} alt="" width="48" height="48" />}
        <strong dir="auto">{name}</strong>
        {documentHost !== undefined && <bdi class="hint">{documentHost}</bdi>}
      </p>
      {!isVouchedFor && <Notice kind="info">{t('client.unverified')}</Notice>}
    </>
  );
}

/** What the application says of itself elsewhere. */
export function ClientLinks({ client: { termsUrl, privacyUrl } }: { client: ClientFacts }) {
  const t = useTexts();
  if (termsUrl === null && privacyUrl === null) return null;
  return (
    <ul class="links">
      {termsUrl !== null && (
        <li>
          <a href={termsUrl} rel="noopener noreferrer" target="_blank">
            {t('client.terms')}
          </a>
        </li>
      )}
      {privacyUrl !== null && (
        <li>
          <a href={privacyUrl} rel="noopener noreferrer" target="_blank">
            {t('client.privacy')}
          </a>
        </li>
      )}
    </ul>
  );
}
