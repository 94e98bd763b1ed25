import { query } from '../router.js';
import { has, may } from '../settings.js';
import { t } from '../texts.js';
import { Page } from '../ui/parts.js';
import { Tabs } from '../ui/tabs.js';
import { Health } from './server/health.js';
import { Mail } from './server/mail.js';
import { ServerSettings } from './server/server-settings.js';
import { Waiting } from './server/waiting.js';

const TABS = {
  health: { Shown: Health, path: '/v1/nodes', scope: 'overview:read' },
  settings: { Shown: ServerSettings, path: '/v1/settings', scope: 'settings:read' },
  limits: { Shown: Waiting, path: '/v1/limits/waiting', scope: 'limits:read' },
  mail: { Shown: Mail, path: '/v1/mail/letters', scope: 'mail:read' },
} as const;
type Tab = keyof typeof TABS;

/** What an operator wants to know of the server itself. */
export default function Server() {
  const names = Object.keys(TABS) as Tab[];
  const offered = names.filter((name) => has(TABS[name].path) && may(TABS[name].scope));
  const asked = query.value.get('tab');
  const tab = offered.find((name) => name === asked) ?? offered[0];
  if (!tab) return null;
  const { Shown } = TABS[tab];
  return (
    <Page title={t('entry.server')} lead={t(`server.${tab}Lead`)}>
      <Tabs of={offered.map((name) => [name, t(`server.${name}`)])} current={tab} />
      <Shown />
    </Page>
  );
}
