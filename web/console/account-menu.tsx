import { client } from './api.js';
import { path } from './router.js';
import { settings } from './settings.js';
import { t } from './texts.js';
import { Icon } from './ui/icons.js';

const SCHEMES = ['system', 'light', 'dark'] as const;

async function leave(): Promise<void> {
  await client.signOut();
  location.assign('/login');
}

/** Who is signed in, how the console speaks and looks, and the way out. */
export function Account() {
  const { user, locales, locale, scheme } = settings;
  return (
    <div class="account-menu">
      <button type="button" class="icon" popovertarget="account" aria-label={t('shell.account')}>
        <Icon name="user" />
      </button>
      <div id="account" popover="auto">
        <p class="who">
          <bdi>{user.name ?? user.email}</bdi>
          {user.name && <bdi class="hint">{user.email}</bdi>}
        </p>
        <form method="post" action="/preferences">
          <input type="hidden" name="continue" value={path.value} />
          <div>
            <label for="locale">{t('shell.language')}</label>
            <select id="locale" name="locale">
              {locales.map(({ tag, name }) => (
                <option key={tag} value={tag} selected={tag === locale} lang={tag}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div>
            <label for="scheme">{t('shell.scheme')}</label>
            <select id="scheme" name="scheme">
              {SCHEMES.map((each) => (
                <option key={each} value={each} selected={each === scheme}>
                  {t(`scheme.${each}`)}
                </option>
              ))}
            </select>
          </div>
          <button class="small">{t('shell.apply')}</button>
        </form>
        <ul class="links">
          <li>
            <a href="/account">{t('shell.myAccount')}</a>
          </li>
          <li>
            <button type="button" class="quiet small" onClick={() => void leave()}>
              {t('shell.signOut')}
            </button>
          </li>
        </ul>
      </div>
    </div>
  );
}
