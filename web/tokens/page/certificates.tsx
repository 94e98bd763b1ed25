import { readChain } from '../certificates.js';
import { decoded, given, now } from './state.js';
import { dateInWords, t } from './texts.js';

/** The certificates of the header and of the key, with their dates. */
export function Certificates() {
  const chains = [readChain(decoded.value?.header?.['x5c']), ...given.value.keys.map(({ chain }) => chain)];
  const certificates = chains.flat();
  if (certificates.length === 0) return null;
  return (
    <section class="pane">
      <h2>{t('certificate')}</h2>
      <ol class="facts">
        {certificates.map(({ subject, issuer, notBefore, notAfter, serial }) => (
          <li key={serial}>
            <strong>{subject}</strong> ← {issuer}
            <span class={notAfter < now.value ? 'error' : 'hint'}>
              {t('certificateDates', { from: dateInWords(notBefore), until: dateInWords(notAfter) })}
              {notAfter < now.value && ` · ${t('certificateExpired')}`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
