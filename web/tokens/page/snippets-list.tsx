import { useSignal } from '@preact/signals';
import { snippetsFor } from '../snippets.js';
import { CopyButton } from './copy-button.js';
import { settings } from './settings.js';
import { t } from './texts.js';

/** How a program verifies tokens of this server, in several languages. */
export function Snippets() {
  const { issuer, jwks } = settings;
  const algorithms = [...new Set(jwks.keys.map((key) => (key as { alg: string }).alg))];
  const snippets = snippetsFor({
    issuer,
    audience: issuer,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    algorithms,
  });
  const position = useSignal(0);
  const { code, library } = snippets[position.value]!;
  return (
    <details class="pane">
      <summary>{t('snippets')}</summary>
      <fieldset class="switch">
        <legend class="away">{t('snippets')}</legend>
        {snippets.map(({ language }, index) => (
          <label key={language}>
            <input
              type="radio"
              name="language"
              checked={position.value === index}
              onChange={() => (position.value = index)}
            />
            <span>{language}</span>
          </label>
        ))}
      </fieldset>
      <div class="bar">
        <span class="hint">{library}</span>
        <CopyButton text={code} isQuiet />
      </div>
      <pre class="json" tabIndex={0}>
        {code}
      </pre>
    </details>
  );
}
