import { usePage } from './page-context.js';
import type { Scheme } from './page-context.js';

const SCHEMES: readonly Scheme[] = ['system', 'light', 'dark'];

/** The foot of each page: the operator's links, and how the page is to speak and look. */
export function PageMenu() {
  const { t, brand, locale, locales, scheme, address } = usePage();
  return (
    <footer class="foot">
      {brand.links.length > 0 && (
        <ul class="links">
          {brand.links.map(({ kind, url }) => (
            <li key={kind}>
              <a href={url}>{t(`link.${kind}`)}</a>
            </li>
          ))}
        </ul>
      )}
      <details class="preferences">
        <summary>
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 0c2.2 2 3.3 4.7 3.3 8s-1.1 6-3.3 8c-2.2-2-3.3-4.7-3.3-8S7.8 4 10 2ZM2.5 7.5h15M2.5 12.5h15" />
          </svg>
          <span>{locale.name}</span>
        </summary>
        <form method="post" action="/preferences">
          <input type="hidden" name="continue" value={address} />
          <label for="locale">{t('preferences.language')}</label>
          <select id="locale" name="locale">
            {locales.map(({ tag, name }) => (
              <option key={tag} value={tag} selected={tag === locale.tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
          <label for="scheme">{t('preferences.scheme')}</label>
          <select id="scheme" name="scheme">
            {SCHEMES.map((each) => (
              <option key={each} value={each} selected={each === scheme}>
                {t(`preferences.${each}`)}
              </option>
            ))}
          </select>
          <button class="quiet">{t('preferences.apply')}</button>
        </form>
      </details>
    </footer>
  );
}
