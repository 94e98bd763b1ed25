import { setQuery } from '../../router.js';
import { settings } from '../../settings.js';
import { t } from '../../texts.js';
import { NamedMark } from '../../ui/brand.js';
import { Section, Tag } from '../../ui/parts.js';

/** How the brand looks on pages, in both schemes at once. */
export function BrandPreview() {
  return (
    <Section
      title={t('brand.title')}
      lead={t('brand.lead')}
      actions={
        <>
          <button type="button" class="small" onClick={() => setQuery({ name: 'brand_' })}>
            {t('brand.settings')}
          </button>
          <a class="button small" href="/login?prompt=login" target="_blank" rel="noopener">
            {t('brand.page')}
          </a>
        </>
      }
    >
      <div class="brands">
        {(['light', 'dark'] as const).map((scheme) => (
          <Preview key={scheme} scheme={scheme} />
        ))}
      </div>
    </Section>
  );
}

function Preview({ scheme }: { scheme: 'light' | 'dark' }) {
  const { name, logo, darkLogo } = settings.brand;
  const shown = scheme === 'dark' ? (darkLogo ?? logo) : logo;
  return (
    <figure class={scheme}>
      <p class="brand">{shown ? <img class="logo" src={shown} alt={name} /> : <NamedMark name={name} />}</p>
      <p class="button primary">{t('signedOut.signIn')}</p>
      <p>
        <span class="link">{t('brand.page')}</span> <Tag tone="good">{t('status.active')}</Tag>
      </p>
      <figcaption class="hint">{t(`scheme.${scheme}`)}</figcaption>
    </figure>
  );
}
