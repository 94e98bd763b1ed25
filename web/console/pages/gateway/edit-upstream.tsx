import { send } from '../../api.js';
import { t } from '../../texts.js';
import { Dialog } from '../../ui/dialog.js';
import { Check, Field, Form, Select, type FormFields } from '../../ui/form.js';
import { say } from '../../ui/toasts.js';
import type { Upstream } from './types.js';

const IDENTITIES = ['token', 'headers', 'none'] as const;
const BALANCES = ['weighted', 'least-pending'] as const;

interface EditUpstreamProps {
  of?: Upstream;
  onClose: () => void;
  onDone: () => void;
}

/** A service behind the gateway: where it is, how long it may take, and what it is told of callers. */
export function EditUpstream({ of: upstream, onClose, onDone }: EditUpstreamProps) {
  const title = t(upstream ? 'gateway.editUpstream' : 'gateway.addUpstream');
  const { connect = 5, head = 30 } = upstream?.timeouts ?? {};
  const targets = upstream?.targets.map(({ url, weight }) => (weight === 1 ? url : `${url} ${weight}`)) ?? [];
  return (
    <Dialog title={title} onClose={onClose}>
      <Form
        submit={upstream ? t('action.save') : title}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const body = bodyOf(fields);
          if (upstream) await send('PATCH', `/v1/upstreams/${upstream.id}`, body);
          else await send('POST', '/v1/upstreams', body);
          onClose();
          onDone();
          say(t('gateway.saved'));
        }}
      >
        <Field
          name="name"
          label={t('apps.name')}
          defaultValue={upstream?.name ?? ''}
          maxLength={100}
          autocomplete="off"
          required
          autofocus
        />
        <Field
          name="targets"
          dir="ltr"
          label={t('gateway.targets')}
          hint={t('gateway.targetsHint')}
          rows={3}
          defaultValue={targets.join('\n')}
          required
        />
        <Select
          name="identity"
          label={t('gateway.identity')}
          value={upstream?.identity}
          options={IDENTITIES.map((each) => [each, t(`gateway.identity_${each}`)])}
        />
        <Select
          name="balance"
          label={t('gateway.balance')}
          value={upstream?.balance}
          options={BALANCES.map((each) => [each, t(`gateway.balance_${each}`)])}
        />
        <div class="pair">
          <Field name="connect" label={t('gateway.connectWithin')} defaultValue={String(connect)} required />
          <Field name="head" label={t('gateway.headWithin')} defaultValue={String(head)} required />
        </div>
        <Check name="preserveHost" label={t('gateway.preserveHost')} isOn={upstream?.preserveHost ?? false} />
      </Form>
    </Dialog>
  );
}

function bodyOf(fields: FormFields): object {
  return {
    name: fields.text('name'),
    targets: fields.lines('targets').map((line) => {
      const [url = '', weight = '1'] = line.split(/\s+/);
      return { url, weight: Number(weight) };
    }),
    identity: fields.text('identity'),
    balance: fields.text('balance'),
    preserveHost: fields.isChecked('preserveHost'),
    timeouts: { connect: Number(fields.text('connect')), head: Number(fields.text('head')) },
  };
}
