import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Principal } from '../../platform/access/principal.js';
import type { BrandService } from './brand.service.js';
import type { Locale } from '../../platform/texts/locales.js';
import type { Translate } from './texts.types.js';

/** How the page is to look: as the system does, or as was chosen. */
export type Scheme = 'system' | 'light' | 'dark';

/** What every view may know of the page that it stands in. */
export interface PageContext {
  t: Translate;
  locale: Locale;
  locales: readonly Locale[];
  scheme: Scheme;
  brand: BrandService;
  styles: string[];
  scripts: string[];
  /** The path and query of the page, to come back to. */
  address: string;
  /** Who is signed in, where the page asks for it. */
  principal: Principal | undefined;
}

/** Provided around every page by `PagesService`. */
export const PageContexts = createContext<PageContext | undefined>(undefined);

/** What the page knows. Only for views that `PagesService` renders. */
export function usePage(): PageContext {
  return useContext(PageContexts)!;
}

/** The texts in the language of the page: `const t = useTexts(); <h1>{t('login.title')}</h1>` */
export function useTexts(): Translate {
  return usePage().t;
}
