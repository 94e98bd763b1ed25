import { useRef } from 'preact/hooks';
import type { EntryName } from '../../src/web/console/console.types.js';
import { settings } from './settings.js';
import { t } from './texts.js';
import { Icon } from './ui/icons.js';

export const entryTitle = (name: EntryName) => t(`entry.${name}`);
export const entryPath = (name: EntryName) => `/console/${name}`;

/** The pages of the console: at the side, or on small screens a popover. */
export function Navigation({ current }: { current: string | undefined }) {
  const ref = useRef<HTMLElement>(null);
  const close = () => ref.current?.matches(':popover-open') && ref.current.hidePopover();
  const { entries, extensions } = settings;
  return (
    <nav id="navigation" ref={ref} popover="auto" aria-label={t('shell.navigation')}>
      <ul>
        {entries.map((name) => (
          <li key={name}>
            <a href={entryPath(name)} aria-current={current === name ? 'page' : undefined} onClick={close}>
              <Icon name={name} />
              <span>{entryTitle(name)}</span>
            </a>
          </li>
        ))}
      </ul>
      {extensions.length > 0 && (
        <>
          <h2>{t('shell.extensions')}</h2>
          <ul>
            {extensions.map(({ name, title }) => (
              <li key={name}>
                <a
                  href={`/console/x/${name}`}
                  aria-current={current === `x/${name}` ? 'page' : undefined}
                  onClick={close}
                >
                  <Icon name="extension" />
                  <span>{title}</span>
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
    </nav>
  );
}
