import type { ComponentChildren } from 'preact';
import { BrandMark } from './brand-mark.view.js';
import { usePage } from './page-context.js';
import { PageMenu } from './page-menu.view.js';

/** What `PagesService` is told of a page besides what is in it. */
export interface LayoutProps {
  title: string;
  /** `card` for one thing to do, `wide` for pages with a navigation of their own, `app` for what a script shows. */
  shape: 'card' | 'wide' | 'app';
  /** What an operator has made of the page, in HTML, in the place of our own frame. */
  body?: string | undefined;
  children: ComponentChildren;
}

/** The document around every page. */
export function Layout({ title, shape, body, children }: LayoutProps) {
  const { locale, scheme, brand, styles, scripts } = usePage();
  return (
    <html lang={locale.tag} dir={locale.direction} data-scheme={scheme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · ${brand.name}`}</title>
        <link rel="icon" href={brand.icon.url} type="image/svg+xml" />
        {styles.map((url) => (
          <link key={url} rel="stylesheet" href={url} />
        ))}
        {scripts.map((url) => (
          <script key={url} type="module" src={url} />
        ))}
      </head>
      {body === undefined ? (
        <body class={shape}>{shape === 'app' ? children : <Framed shape={shape}>{children}</Framed>}</body>
      ) : (
        <body class={shape} dangerouslySetInnerHTML={{ __html: body }} />
      )}
    </html>
  );
}

/** What a page is about, between the head and the foot that all of them have. */
function Framed({ shape, children }: Pick<LayoutProps, 'shape' | 'children'>) {
  const { t, principal } = usePage();
  return (
    <>
      <SkipLink />
      <header class="top">
        <a class="brand" href="/">
          <BrandMark />
        </a>
        {principal && shape === 'wide' && (
          <form method="post" action="/logout">
            <button class="quiet small">{t('logOut.submit')}</button>
          </form>
        )}
      </header>
      <Main>{children}</Main>
      <PageMenu />
    </>
  );
}

export function SkipLink() {
  const { t } = usePage();
  return (
    <a class="skip" href="#main">
      {t('page.skip')}
    </a>
  );
}

export function Main({ children }: { children: ComponentChildren }) {
  return (
    <main id="main" tabIndex={-1}>
      {children}
    </main>
  );
}
