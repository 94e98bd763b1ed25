import { send } from '../../api.js';
import { useData } from '../../data.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Loaded, Tag } from '../../ui/parts.js';
import type { Check, Upstream } from './types.js';

/** Whether each target can be connected to from the node that answers. */
export function CheckUpstream({ of: { id, name }, onClose }: { of: Upstream; onClose: () => void }) {
  const data = useData(id, () => send<Check[]>('POST', `/v1/upstreams/${id}/check`));
  return (
    <Dialog title={name} onClose={onClose}>
      <Loaded data={data}>
        {(checks) => (
          <ul class="plain">
            {checks.map(({ url, isReachable, reason }) => (
              <li key={url}>
                <code>{url}</code>{' '}
                <Tag tone={isReachable ? 'good' : 'bad'}>
                  {isReachable ? t('gateway.reachable') : t('gateway.unreachable')}
                </Tag>
                {reason && <p class="hint">{reason}</p>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <div class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}
