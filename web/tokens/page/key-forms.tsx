import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { writeKey, type WrittenKey } from '../key-writing.js';
import { CopyButton } from './copy-button.js';
import { given } from './state.js';
import { t } from './texts.js';

/** The key as JWK and PEM, to copy and to download, with its thumbprint. */
export function KeyForms() {
  const written = useSignal<WrittenKey>();
  const key = given.value.keys[0]?.jwk;
  useEffect(() => {
    let isCurrent = true;
    written.value = undefined;
    // What cannot be written, such as a key agreement of a kind of its own, is not offered.
    if (key)
      writeKey(key).then(
        (each) => isCurrent && (written.value = each),
        () => {},
      );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  if (!written.value || !key) return null;
  const { thumbprint } = written.value;
  return (
    <details>
      <summary>{t('keyForms')}</summary>
      <dl class="facts">
        <dt>{t('thumbprint')}</dt>
        <dd>
          <code>{thumbprint}</code>
        </dd>
      </dl>
      {formsOf(written.value).map(({ what, name, text }) => (
        <div class="bar" key={what}>
          <span>{what}</span>
          <CopyButton text={text} isQuiet />
          <button class="quiet small" type="button" onClick={() => save(name, text)}>
            {t('download', { what })}
          </button>
        </div>
      ))}
    </details>
  );
}

function json(key: object): string {
  return JSON.stringify(key, null, 2);
}

function formsOf({ jwk, publicJwk, privatePem, publicPem }: WrittenKey) {
  const isPrivate = privatePem !== undefined;
  return [
    ...(jwk.kty === 'oct' ? [{ what: t('secretJwk'), name: 'secret.jwk', text: json(jwk) }] : []),
    ...(isPrivate ? [{ what: t('privateJwk'), name: 'private.jwk', text: json(jwk) }] : []),
    ...(publicJwk ? [{ what: t('publicJwk'), name: 'public.jwk', text: json(publicJwk) }] : []),
    ...(isPrivate ? [{ what: t('privatePem'), name: 'private.pem', text: privatePem }] : []),
    ...(publicPem === undefined ? [] : [{ what: t('publicPem'), name: 'public.pem', text: publicPem }]),
  ];
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
