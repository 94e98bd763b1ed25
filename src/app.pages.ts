import type { Type } from '@nestjs/common';
import type { Settings } from './platform/config/settings.js';

/**
 * The modules of the pages that `WEB` and `WEB_TOKENS` switch; those of features are in `app.features.ts`. The `import()`
 * is the only way to them, so that they cost no time and no memory where they are off.
 */
export async function pagesOf({ WEB, WEB_TOKENS }: Settings): Promise<Type[]> {
  if (WEB === 'off') return [];
  const tool =
    WEB_TOKENS === 'on' ? [(await import('./web/token-tool/token-tool.module.js')).TokenToolModule] : [];
  return [
    (await import('./web/views/views.module.js')).ViewsModule,
    (await import('./web/console/console.module.js')).ConsoleModule,
    (await import('./web/sign-in/sign-in.module.js')).SignInModule,
    (await import('./web/account/account-pages.module.js')).AccountPagesModule,
    ...tool,
  ];
}
