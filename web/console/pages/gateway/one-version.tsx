import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Confirm, Facts, Section, Tag, Time } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import { DeprecateVersion } from './deprecate-version.js';
import { EditVersion } from './edit-version.js';
import { Routes } from './routes.js';
import type { Resource, Upstream, Version } from './types.js';

interface OneVersionProps {
  of: Version;
  resource: Resource;
  /** The other versions of the API. */
  others: Version[];
  upstreams: Upstream[];
  onChanged: () => void;
}
type Doing = 'edit' | 'publish' | 'deprecate' | 'retire' | 'remove';

/** What may be done next: a version goes forward alone. */
const NEXT: Record<Version['status'], Doing[]> = {
  draft: ['edit', 'publish', 'remove'],
  published: ['edit', 'deprecate', 'retire'],
  deprecated: ['edit', 'retire'],
  retired: ['remove'],
};
const TONES = { draft: undefined, published: 'good', deprecated: 'warn', retired: 'bad' } as const;

/** A version of an API: where it stands, its stage, and its routes. */
export function OneVersion({ of: version, resource, others, upstreams, onChanged }: OneVersionProps) {
  const path = `/v1/resources/${resource.id}/versions/${version.id}`;
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const { label, status, selector, basePath, sunsetAt } = version;
  const upstream = upstreams.find(({ id }) => id === version.upstreamId);
  return (
    <Section
      title={label}
      actions={
        may('gateway:write') &&
        NEXT[status].map((next) => (
          <button
            key={next}
            type="button"
            class={next === 'retire' || next === 'remove' ? 'small danger' : 'small'}
            onClick={() => setDoing(next)}
          >
            {t(next === 'edit' ? 'action.edit' : `gateway.${next}`)}
          </button>
        ))
      }
    >
      <Facts
        of={[
          [
            t('resources.stage'),
            <Tag key="stage" tone={TONES[status]}>
              {t(`resources.${status}`)}
            </Tag>,
          ],
          [t('gateway.service'), <bdi key="service">{upstream?.name ?? version.upstreamId}</bdi>],
          [t('gateway.basePath'), <code key="path">{basePath || '/'}</code>],
          [t(`gateway.selector_${selector.kind}`), <code key="selector">{selector.value}</code>],
          ...(sunsetAt ? [[t('gateway.sunset'), <Time key="sunset" at={sunsetAt} />] as const] : []),
        ]}
      />
      <Routes path={`${path}/routes`} resource={resource} isOpen={status !== 'retired'} />
      {doing === 'edit' && (
        <EditVersion of={version} path={path} upstreams={upstreams} onClose={close} onDone={onChanged} />
      )}
      {doing === 'deprecate' && (
        <DeprecateVersion path={path} others={others} onClose={close} onDone={onChanged} />
      )}
      {(doing === 'publish' || doing === 'retire' || doing === 'remove') && (
        <Confirm
          title={t(`gateway.${doing}Title`)}
          submit={t(`gateway.${doing}`)}
          isDanger={doing !== 'publish'}
          onClose={close}
          act={async () => {
            if (doing === 'remove') await send('DELETE', path);
            else await send('POST', `${path}/${doing}`);
            onChanged();
            say(t(`gateway.${doing}Done`));
          }}
        >
          <p>{t(`gateway.${doing}Text`)}</p>
        </Confirm>
      )}
    </Section>
  );
}
