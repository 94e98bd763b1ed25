import { query, setQuery } from '../../router.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Page } from '../../ui/parts.js';
import { Explain } from './explain.js';
import { GatewayTabs } from './gateway-tabs.js';
import { GatewayApis } from './gateway-apis.js';
import { partsFor } from './parts.js';
import { Revisions } from './revisions.js';
import { Upstreams } from './upstreams.js';

const SHOWN = { upstreams: Upstreams, versions: GatewayApis, revisions: Revisions, explain: Explain };
/** What is made on a part, as its button says it. */
const MADE = { upstreams: 'gateway.addUpstream', revisions: 'gateway.publishNow' } as const;

/** The services behind this server, and how requests reach them. */
export function Gateway() {
  const asked = query.value.get('tab');
  const part = partsFor(may).find((each) => each === asked) ?? 'upstreams';
  const Shown = SHOWN[part];
  const made = part === 'upstreams' || part === 'revisions' ? MADE[part] : undefined;
  return (
    <Page
      title={t('entry.api')}
      lead={t(`gateway.${part}Lead`)}
      actions={
        made &&
        may('gateway:write') && (
          <button type="button" class="primary" onClick={() => setQuery({ do: 'create' })}>
            {t(made)}
          </button>
        )
      }
    >
      <GatewayTabs current={part} />
      <Shown />
    </Page>
  );
}
