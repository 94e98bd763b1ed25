import { useState } from 'preact/hooks';
import { getAll, useData, useGet } from '../../data.js';
import { may } from '../../settings.js';
import { t } from '../../texts.js';
import { Code, Facts, Loaded, Page, Section, Tag } from '../../ui/parts.js';
import { EditVersion } from './edit-version.js';
import { partPath } from './gateway-tabs.js';
import type { Resource, Upstream, Version } from './types.js';
import { OneVersion } from './one-version.js';

/** An API that the gateway serves: its versions, each with its routes. */
export function OneApi({ id }: { id: string }) {
  const path = `/v1/resources/${encodeURIComponent(id)}`;
  const resource = useGet<Resource>(path);
  const versions = useData(`${path}/versions`, () => getAll<Version>(`${path}/versions`));
  const upstreams = useData('upstreams', () => getAll<Upstream>('/v1/upstreams'));
  const [isAdding, setAdding] = useState(false);
  return (
    <Page
      title={resource.value?.name ?? t('gateway.api')}
      above={{ href: partPath('versions'), text: t('gateway.versions') }}
      actions={
        may('gateway:write') && (
          <button type="button" class="primary" onClick={() => setAdding(true)}>
            {t('gateway.addVersion')}
          </button>
        )
      }
    >
      <Loaded data={resource}>
        {(found) => (
          <>
            <Section title={t('gateway.api')}>
              <Facts
                of={[
                  [t('resources.identifier'), <Code key="identifier">{found.identifier}</Code>],
                  [t('resources.stage'), <Tag key="stage">{t(`resources.${found.status}`)}</Tag>],
                  [t('apiKeys.scopes'), found.scopes.map(({ name }) => name).join(', ') || '–'],
                ]}
              />
            </Section>
            <Loaded data={versions}>
              {(all) =>
                all.length === 0 ? (
                  <div class="empty">{t('gateway.noVersions')}</div>
                ) : (
                  all.map((version) => (
                    <OneVersion
                      key={version.id}
                      of={version}
                      resource={found}
                      others={all.filter((each) => each !== version)}
                      upstreams={upstreams.value ?? []}
                      onChanged={() => {
                        versions.reload();
                        resource.reload();
                      }}
                    />
                  ))
                )
              }
            </Loaded>
          </>
        )}
      </Loaded>
      {isAdding && (
        <EditVersion
          path={`${path}/versions`}
          upstreams={upstreams.value ?? []}
          onClose={() => setAdding(false)}
          onDone={versions.reload}
        />
      )}
    </Page>
  );
}
