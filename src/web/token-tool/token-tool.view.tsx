import { useTexts } from '../views/page-context.js';
import type { ToolSettings } from './token-tool.types.js';

/** The place where the tool appears. All of its scripts come with the page, so that it needs no network later. */
export function TokenToolView({ settings, scripts }: { settings: ToolSettings; scripts: string[] }) {
  const t = useTexts();
  return (
    <>
      <h1>{t('tool.title')}</h1>
      <noscript>
        <p class="notice">{t('tool.needsScript')}</p>
      </noscript>
      <div id="tool" data-settings={JSON.stringify(settings)} />
      {scripts.map((url) => (
        <link key={url} rel="modulepreload" href={url} fetchpriority="low" />
      ))}
    </>
  );
}
