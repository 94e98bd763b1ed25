import { useEffect, useState } from 'preact/hooks';
import type { FactorsResponse } from '../../src/auth/me/factors.dto.js';
import { asked, client, get, type Wire } from './api.js';
import { settings } from './settings.js';
import { t } from './texts.js';
import { Dialog } from './ui/dialog.js';
import { Field, Form } from './ui/form.js';

type Method = 'password' | 'passkey' | 'code' | 'recovery';

/** Asks for a proof where a request needs a recent one. The request is sent again then, and its form keeps what was typed. */
export function StepUpDialog() {
  return asked.value ? <Prove answer={asked.value.answer} /> : null;
}

function Prove({ answer }: { answer: (isProved: boolean) => void }) {
  const [methods, setMethods] = useState<Method[]>([]);
  const [method, setMethod] = useState<Method>();
  useEffect(() => {
    void methodsOfMine().then((found) => {
      setMethods(found);
      setMethod(found[0]);
    });
  }, []);
  return (
    <Dialog title={t('stepUp.title')} onClose={() => answer(false)}>
      <p>{t('stepUp.lead')}</p>
      {method && (
        <Form
          key={method}
          submit={t(method === 'passkey' ? 'stepUp.usePasskey' : 'stepUp.submit')}
          onCancel={() => answer(false)}
          onSubmit={async (fields) => {
            await client.stepUp(proofOf(method, fields.raw('proof')));
            answer(true);
          }}
        >
          <ProofField method={method} />
        </Form>
      )}
      {methods.length > 1 && (
        <div class="others">
          <p class="hint">{t('stepUp.others')}</p>
          {methods
            .filter((each) => each !== method)
            .map((each) => (
              <button key={each} type="button" class="quiet small" onClick={() => setMethod(each)}>
                {t(`stepUp.${each}`)}
              </button>
            ))}
        </div>
      )}
    </Dialog>
  );
}

function ProofField({ method }: { method: Method }) {
  if (method === 'passkey') return <p class="hint">{t('stepUp.passkeyHint')}</p>;
  if (method === 'password')
    return (
      <>
        <input
          class="away"
          type="email"
          autocomplete="username"
          value={settings.user.email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field
          name="proof"
          label={t('stepUp.password')}
          type="password"
          autocomplete="current-password"
          required
          autofocus
        />
      </>
    );
  return (
    <Field
      name="proof"
      label={t(`stepUp.${method}`)}
      class="code"
      inputMode={method === 'code' ? 'numeric' : 'text'}
      autocomplete="one-time-code"
      required
      autofocus
    />
  );
}

/** The password alone proves nothing for who has a second factor. */
async function methodsOfMine(): Promise<Method[]> {
  const found = await get<Wire<FactorsResponse>>('/v1/me/factors').catch(() => undefined);
  if (!found || (!found.totp && found.passkeys === 0)) return ['password'];
  return [
    ...(found.passkeys > 0 ? (['passkey'] as const) : []),
    ...(found.totp ? (['code'] as const) : []),
    ...(found.recoveryCodesLeft > 0 ? (['recovery'] as const) : []),
  ];
}

function proofOf(method: Method, typed: string) {
  if (method === 'password') return { password: typed };
  if (method === 'passkey') return { passkey: true as const };
  return { code: typed.replaceAll(/[\s-]/g, '').toLowerCase() };
}
