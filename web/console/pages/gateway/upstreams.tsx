import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { usePages } from '../../data.js';
import { closeDialog, query } from '../../router.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, List } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import { CheckUpstream } from './check-upstream.js';
import { EditUpstream } from './edit-upstream.js';
import type { Upstream } from './types.js';

type Doing = { what: 'edit' | 'check' | 'remove'; of: Upstream };

/** The services behind the gateway. */
export function Upstreams() {
  const pages = usePages<Upstream>('/v1/upstreams', {});
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const actions = [
    ['edit', t('action.edit')],
    ['check', t('gateway.check')],
    ['remove', t('users.remove')],
  ] as const;
  return (
    <>
      <List
        pages={pages}
        label={t('gateway.upstreams')}
        empty={t('gateway.noUpstreams')}
        heads={[t('apps.name'), t('gateway.targets'), t('gateway.identity'), undefined]}
        row={(upstream) => (
          <tr key={upstream.id}>
            <th scope="row">
              <bdi>{upstream.name}</bdi>
            </th>
            <td>
              {upstream.targets.map(({ url, weight }) => (
                <div key={url}>
                  <code>{upstream.targets.length > 1 ? `${url} × ${weight}` : url}</code>
                </div>
              ))}
            </td>
            <td>{t(`gateway.identity_${upstream.identity}`)}</td>
            <td>
              {may('gateway:write') && (
                <div class="actions">
                  {actions.map(([what, text]) => (
                    <button
                      key={what}
                      type="button"
                      class={what === 'remove' ? 'small danger' : 'small'}
                      onClick={() => setDoing({ what, of: upstream })}
                    >
                      {text}
                    </button>
                  ))}
                </div>
              )}
            </td>
          </tr>
        )}
      />
      {query.value.get('do') === 'create' && <EditUpstream onClose={closeDialog} onDone={pages.reload} />}
      {doing?.what === 'edit' && <EditUpstream of={doing.of} onClose={close} onDone={pages.reload} />}
      {doing?.what === 'check' && <CheckUpstream of={doing.of} onClose={close} />}
      {doing?.what === 'remove' && (
        <Confirm
          title={t('gateway.removeUpstreamTitle')}
          submit={t('users.remove')}
          onClose={close}
          act={async () => {
            await send('DELETE', `/v1/upstreams/${doing.of.id}`);
            pages.reload();
            say(t('gateway.removed'));
          }}
        >
          <p>{t('gateway.removeUpstreamText')}</p>
        </Confirm>
      )}
    </>
  );
}
