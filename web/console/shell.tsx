import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { isSignedOut } from './api.js';
import { Account } from './account-menu.js';
import { entryPath, entryTitle, Navigation } from './navigation.js';
import { later, openPalette } from './palette-state.js';
import { pageAt, type Found, type PageProps } from './pages.js';
import { path } from './router.js';
import { settings } from './settings.js';
import { StepUpDialog } from './step-up.js';
import { t } from './texts.js';
import { NamedMark } from './ui/brand.js';
import { Icon } from './ui/icons.js';
import { Page, Waiting } from './ui/parts.js';
import { ProblemNotice } from './ui/problem.js';
import { Toasts } from './ui/toasts.js';

/** What is around every page. */
export function Shell() {
  const found = pageAt(path.value);
  const Palette = later.value;
  return (
    <>
      <a class="skip" href="#main">
        {t('shell.skip')}
      </a>
      <header class="bar">
        <button type="button" class="icon only-small" popovertarget="navigation" aria-label={t('shell.menu')}>
          <Icon name="menu" />
        </button>
        <Brand />
        <button type="button" class="jump" onClick={openPalette} aria-keyshortcuts="Control+K">
          <Icon name="search" />
          <span>{t('palette.open')}</span>
          <kbd>Ctrl K</kbd>
        </button>
        <Account />
      </header>
      <Navigation current={found?.entry} />
      <main id="main" tabIndex={-1}>
        {found ? <LazyPage found={found} /> : <Nowhere />}
      </main>
      <Toasts />
      <StepUpDialog />
      {Palette && <Palette />}
      {isSignedOut.value && <SignedOut />}
    </>
  );
}

function Brand() {
  const { name, logo, darkLogo } = settings.brand;
  return (
    <a class="brand" href="/console">
      {logo ? (
        <picture>
          {darkLogo && settings.scheme !== 'light' && (
            <source
              srcset={darkLogo}
              media={settings.scheme === 'dark' ? 'all' : '(prefers-color-scheme: dark)'}
            />
          )}
          <img class="logo" src={logo} alt={name} />
        </picture>
      ) : (
        <NamedMark name={name} />
      )}
    </a>
  );
}

/** Fetches the script of a page when it is first shown. */
function LazyPage({ found }: { found: Found }) {
  const [loaded, setLoaded] = useState<{ key: string; Shown: ComponentType<PageProps> }>();
  const [error, setError] = useState<Error>();
  const isFirst = useRef(true);
  const { key, id } = found;
  useEffect(() => {
    let isWanted = true;
    setError(undefined);
    found.load().then(
      ({ default: Shown }) => isWanted && setLoaded({ key, Shown }),
      (failure: Error) => isWanted && setError(failure),
    );
    return () => void (isWanted = false);
  }, [key]);
  useEffect(() => {
    // The page that comes first leaves the focus where the browser has it.
    if (!isFirst.current) document.getElementById('main')?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [key, id]);
  if (error) return <ProblemNotice error={error} onRetry={() => location.reload()} />;
  if (loaded?.key !== key) return <Waiting />;
  const { Shown } = loaded;
  return <Shown key={id} id={id} />;
}

function Nowhere() {
  return (
    <Page title={t('nowhere.title')} lead={t('nowhere.text')}>
      <p>
        <a href={entryPath(settings.entries[0]!)}>{entryTitle(settings.entries[0]!)}</a>
      </p>
    </Page>
  );
}

/** Over everything, for nothing can be done any more; what was typed is still there to be copied. */
function SignedOut() {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current!.showModal(), []);
  const next = encodeURIComponent(location.pathname + location.search);
  return (
    <dialog ref={ref} aria-labelledby="signed-out">
      <div class="inner">
        <header>
          <h2 id="signed-out">{t('signedOut.title')}</h2>
        </header>
        <p>{t('signedOut.text')}</p>
        <div class="actions">
          <a class="button primary" href={`/login?continue=${next}`}>
            {t('signedOut.signIn')}
          </a>
        </div>
      </div>
    </dialog>
  );
}
