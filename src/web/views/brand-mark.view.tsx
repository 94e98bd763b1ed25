import { usePage } from './page-context.js';

/** The operator's logo, or the mark and the name. */
export function BrandMark() {
  const { brand, scheme } = usePage();
  const { logo, darkLogo, name } = brand;
  if (!logo)
    return (
      <>
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 29V14a12 12 0 0 1 24 0v15h-6V14a6 6 0 0 0-12 0v15z" />
          <path d="M14.5 29V15.5a1.5 1.5 0 0 1 3 0V29z" />
        </svg>
        <span>{name}</span>
      </>
    );
  if (!darkLogo || scheme === 'light') return <img class="logo" src={logo.url} alt={name} />;
  if (scheme === 'dark') return <img class="logo" src={darkLogo.url} alt={name} />;
  return (
    <picture>
      <source srcset={darkLogo.url} media="(prefers-color-scheme: dark)" />
      <img class="logo" src={logo.url} alt={name} />
    </picture>
  );
}
