import { findTokens } from '../finding.js';
import { sizesOf } from '../encryption.js';
import { decoded, decryption, paste } from './state.js';
import { t } from './texts.js';

/** An encrypted token: how large its parts are, and what is inside once a key opens it. */
export function Encrypted() {
  const { plaintext } = decryption.value ?? {};
  const isToken = plaintext !== undefined && findTokens(plaintext)[0]?.token.includes('.') === true;
  return (
    <section class="pane">
      <h2>{t('encryptedParts')}</h2>
      <dl class="facts">
        {sizesOf(decoded.value!).map(({ name, bytes }) => (
          <>
            <dt>{name}</dt>
            <dd>{t('bytes', { count: bytes })}</dd>
          </>
        ))}
      </dl>
      {plaintext !== undefined && (
        <>
          <h2>{t('decrypted')}</h2>
          <pre class="json" tabIndex={0}>
            {plaintext}
          </pre>
          {isToken && (
            <button class="primary small" type="button" onClick={() => paste(plaintext)}>
              {t('openInner')}
            </button>
          )}
        </>
      )}
    </section>
  );
}
