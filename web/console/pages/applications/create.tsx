import { useState } from 'preact/hooks';
import { send } from '../../api.js';
import { closeDialog, go } from '../../router.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Check, Field, Form, Select } from '../../ui/form.js';
import { SecretDialog } from '../../ui/parts.js';
import { say } from '../../ui/toasts.js';
import { SHAPES, type MadeApplication, type Shape } from './types.js';

/** Registers an application; its secret is shown this once. */
export function CreateApplication() {
  const [shape, setShape] = useState<Shape>('web');
  const [made, setMade] = useState<MadeApplication>();
  if (made?.clientSecret) {
    const { id, clientSecret } = made;
    const leave = () => go(`/console/applications/${id}`, { isReplaced: true });
    return <SecretDialog title={t('apps.secretTitle')} secret={clientSecret} onClose={leave} />;
  }
  return (
    <Dialog title={t('apps.create')} onClose={closeDialog}>
      <Form
        submit={t('apps.create')}
        onCancel={closeDialog}
        onSubmit={async (fields) => {
          const created = await send<MadeApplication>('POST', '/v1/oauth/clients', {
            name: fields.text('name'),
            ...SHAPES[shape],
            ...(shape !== 'machine' && { redirectUris: fields.lines('redirectUris') }),
            ...(fields.isChecked('firstParty') && { kind: 'first-party' }),
          });
          say(t('apps.created'));
          if (created.clientSecret) setMade(created);
          else go(`/console/applications/${created.id}`, { isReplaced: true });
        }}
      >
        <Field name="name" label={t('apps.name')} required autofocus autocomplete="off" maxLength={200} />
        <Select
          name="shape"
          label={t('apps.shape')}
          hint={t(`apps.shape_${shape}Hint`)}
          value={shape}
          onChange={(value) => setShape(value as Shape)}
          options={(Object.keys(SHAPES) as Shape[]).map((each) => [each, t(`apps.shape_${each}`)])}
        />
        {shape !== 'machine' && (
          <>
            <Field
              name="redirectUris"
              label={t('apps.redirectUris')}
              hint={t('apps.redirectUrisHint')}
              rows={3}
              required
              placeholder={shape === 'native' ? 'com.example.app:/callback' : 'https://shop.example/callback'}
            />
            <Check name="firstParty" label={t('apps.firstParty')} />
          </>
        )}
      </Form>
    </Dialog>
  );
}
