import { BrandMark } from '../views/brand-mark.view.js';
import { usePage } from '../views/page-context.js';
import type { ConsoleSettings } from './console.types.js';

interface ConsoleShellProps {
  settings: Omit<ConsoleSettings, 'brand'>;
  scripts: string[];
}

/** The place where the console appears; the mark is there from the start. */
export function ConsoleShell({ settings, scripts }: ConsoleShellProps) {
  const { t, brand } = usePage();
  const { name, logo, darkLogo } = brand;
  const told: ConsoleSettings = { ...settings, brand: { name, logo: logo?.url, darkLogo: darkLogo?.url } };
  return (
    <>
      <div id="console" data-settings={JSON.stringify(told)}>
        <div class="boot">
          <a class="brand" href="/console">
            <BrandMark />
          </a>
          <noscript>
            <p class="notice">{t('consoleShell.needsScript')}</p>
          </noscript>
        </div>
      </div>
      <link rel="preload" as="fetch" href={settings.texts} crossorigin="anonymous" />
      {scripts.map((url) => (
        <link key={url} rel="modulepreload" href={url} />
      ))}
    </>
  );
}
