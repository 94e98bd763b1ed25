import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Check, Field, Form } from '../../ui/form.js';
import { Section } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import type { Application } from './types.js';

interface EditProps {
  application: Application;
  onChange: (changed: Application) => void;
}

/** What of a registration is changed now and then. Lists have one entry a line; an empty one of scopes means any. */
export function EditApplication({ application, onChange }: EditProps) {
  const { id, name, redirectUris, postLogoutRedirectUris, backchannelLogoutUri, scopes, resources } =
    application;
  const hasBrowser = application.grantTypes.includes('authorization_code');
  return (
    <Section title={t('apps.settings')}>
      <Form
        submit={t('action.save')}
        onSubmit={async (fields) => {
          const listOrAny = (field: string) => {
            const lines = fields.lines(field);
            return lines.length > 0 ? lines : null;
          };
          const changed = await send<Application>('PATCH', `/v1/oauth/clients/${id}`, {
            name: fields.text('name'),
            scopes: listOrAny('scopes'),
            resources: listOrAny('resources'),
            dpop: fields.isChecked('dpop'),
            ...(hasBrowser && {
              redirectUris: fields.lines('redirectUris'),
              postLogoutRedirectUris: fields.lines('postLogoutRedirectUris'),
              backchannelLogoutUri: fields.text('backchannelLogoutUri') || null,
              par: fields.isChecked('par'),
              skipConsent: fields.isChecked('skipConsent'),
            }),
          });
          onChange(changed);
          say(t('apps.saved'));
        }}
      >
        <div class="pair">
          <Field name="name" label={t('apps.name')} defaultValue={name} required autocomplete="off" />
          {hasBrowser && (
            <Field
              name="backchannelLogoutUri"
              type="url"
              label={t('apps.backchannel')}
              hint={t('apps.backchannelHint')}
              defaultValue={backchannelLogoutUri ?? ''}
            />
          )}
        </div>
        {hasBrowser && (
          <div class="pair">
            <Field
              name="redirectUris"
              label={t('apps.redirectUris')}
              hint={t('apps.redirectUrisHint')}
              rows={3}
              defaultValue={redirectUris.join('\n')}
            />
            <Field
              name="postLogoutRedirectUris"
              label={t('apps.postLogout')}
              hint={t('form.onePerLine')}
              rows={3}
              defaultValue={postLogoutRedirectUris.join('\n')}
            />
          </div>
        )}
        <div class="pair">
          <Field
            name="scopes"
            label={t('apps.scopes')}
            hint={t('apps.scopesHint')}
            rows={3}
            defaultValue={scopes?.join('\n') ?? ''}
          />
          <Field
            name="resources"
            label={t('apps.resources')}
            hint={t('apps.resourcesHint')}
            rows={3}
            defaultValue={resources?.join('\n') ?? ''}
          />
        </div>
        <fieldset class="checklist">
          <legend>{t('apps.protection')}</legend>
          <Check name="dpop" label={t('apps.dpop')} isOn={application.dpop} />
          {hasBrowser && (
            <>
              <Check name="par" label={t('apps.par')} isOn={application.par} />
              <Check name="skipConsent" label={t('apps.skipConsent')} isOn={application.skipConsent} />
            </>
          )}
        </fieldset>
      </Form>
    </Section>
  );
}
