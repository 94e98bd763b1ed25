import { has, may } from '../../settings.js';
import { t } from '../../texts.js';
import { TabLinks } from '../../ui/tabs.js';
import { partsFor, type Part } from './parts.js';

const CATALOGUE = '/console/api';
export const partPath = (part: Part) => `${CATALOGUE}/gateway?tab=${part}`;

/** Leads from the routes of this server to the gateway and back; nothing without a gateway. */
export function GatewayTabs({ current }: { current: Part | undefined }) {
  if (!has('/v1/upstreams') || !may('gateway:read')) return null;
  const parts = partsFor(may).map((part) => [partPath(part), t(`gateway.${part}`)] as const);
  return (
    <TabLinks
      of={[[CATALOGUE, t('gateway.catalogue')], ...parts]}
      current={current ? partPath(current) : CATALOGUE}
      label={t('entry.api')}
    />
  );
}
