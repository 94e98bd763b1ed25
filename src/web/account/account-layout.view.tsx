import type { ComponentChildren } from 'preact';
import { Notice } from '../views/fields.view.js';
import { useTexts } from '../views/page-context.js';
import type { TextKey } from '../views/texts.types.js';

export type Section = 'profile' | 'security' | 'sessions' | 'apps' | 'keys' | 'data';

export const SECTIONS: readonly [Section, string][] = [
  ['profile', '/account'],
  ['security', '/account/security'],
  ['sessions', '/account/sessions'],
  ['apps', '/account/applications'],
  ['keys', '/account/keys'],
  ['data', '/account/data'],
];

interface AccountLayoutProps {
  section: Section;
  /** Those there are; features may be off. */
  sections: typeof SECTIONS;
  /** Whether the console has something for the user. */
  hasConsole: boolean;
  title: TextKey;
  /** What has just been done, to say so. */
  done?: TextKey | undefined;
  children: ComponentChildren;
}

/** A page of one's own account, with the way to the others. */
export function AccountLayout({ section, sections, hasConsole, title, done, children }: AccountLayoutProps) {
  const t = useTexts();
  return (
    <div class="account">
      <nav aria-label={t('account.nav')}>
        <ul>
          {sections.map(([name, path]) => (
            <li key={name}>
              <a href={path} aria-current={name === section ? 'page' : undefined}>
                {t(`account.${name}`)}
              </a>
            </li>
          ))}
          {hasConsole && (
            <li>
              <a href="/console">{t('consoleShell.title')}</a>
            </li>
          )}
        </ul>
      </nav>
      <div class="content">
        <h1>{t(title)}</h1>
        {done && <Notice kind="good">{t(done)}</Notice>}
        {children}
      </div>
    </div>
  );
}

interface PanelProps {
  title: string;
  lead?: string;
  id?: string;
  children: ComponentChildren;
}

/** One matter of an account. */
export function Panel({ title, lead, id, children }: PanelProps) {
  return (
    <section class="panel" id={id}>
      <header>
        <h2>{title}</h2>
        {lead && <p class="hint">{lead}</p>}
      </header>
      <div class="body">{children}</div>
    </section>
  );
}
