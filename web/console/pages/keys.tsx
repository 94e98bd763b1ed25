import { useState } from 'preact/hooks';
import { send, type Paged } from '../api.js';
import { useGet } from '../data.js';
import { closeDialog, query, setQuery } from '../router.js';
import { may } from '../settings.js';
import { inDates, t } from '../texts.js';
import type { SigningKey } from '../types.js';
import { Check, Field, Form } from '../ui/form.js';
import { Dialog } from '../ui/dialog.js';
import { Code, Facts, Loaded, Page, Section, Tag, Time } from '../ui/parts.js';
import { say } from '../ui/toasts.js';

const ORDER = ['next', 'current', 'previous'];

/** The keys that tokens are signed with, in the order in which they take their turns. */
export default function Keys() {
  const data = useGet<Paged<SigningKey>>('/v1/keys');
  const [removing, setRemoving] = useState<SigningKey>();
  const keys = data.value?.items.toSorted((a, b) => ORDER.indexOf(a.stage) - ORDER.indexOf(b.stage)) ?? [];
  return (
    <Page
      title={t('entry.keys')}
      lead={t('keys.lead')}
      actions={
        <>
          <a class="button" href="/.well-known/jwks.json" target="_blank" rel="noreferrer">
            {t('keys.jwks')}
          </a>
          {may('keys:write') && (
            <button type="button" class="primary" onClick={() => setQuery({ do: 'rotate' })}>
              {t('keys.rotate')}
            </button>
          )}
        </>
      }
    >
      <Loaded data={data}>
        {() => (
          <ol class="timeline">
            {keys.map((key) => (
              <li key={key.kid} class={key.stage}>
                <OneKey of={key} onRemove={() => setRemoving(key)} />
              </li>
            ))}
          </ol>
        )}
      </Loaded>
      {query.value.get('do') === 'rotate' && keys.length > 0 && (
        <Rotate keys={keys} onClose={closeDialog} onDone={(rotated) => data.set(rotated)} />
      )}
      {removing && <Remove of={removing} onClose={() => setRemoving(undefined)} onDone={data.reload} />}
    </Page>
  );
}

function OneKey({ of: key, onRemove }: { of: SigningKey; onRemove: () => void }) {
  const { kid, alg, stage, createdAt, activatedAt, expiresAt, neededUntil, rotatesAt } = key;
  const times = [
    [t('table.created'), createdAt],
    [t('keys.activated'), activatedAt],
    [t('keys.rotates'), rotatesAt],
    [t('keys.expires'), expiresAt],
    [t('keys.needed'), neededUntil],
  ] as const;
  return (
    <Section
      title={t(`keys.${stage}`)}
      lead={t(`keys.${stage}Text`)}
      actions={
        <>
          <Tag tone={stage === 'current' ? 'good' : undefined}>{alg}</Tag>
          {may('keys:write') && (
            <button type="button" class="small danger" onClick={onRemove}>
              {t('keys.remove')}
            </button>
          )}
        </>
      }
    >
      <Facts
        of={[
          [t('keys.kid'), <Code key="kid">{kid}</Code>],
          ...times
            .filter(([, time]) => time)
            .map(([name, time]) => [name, <Time key={name} at={time} />] as const),
        ]}
      />
    </Section>
  );
}

interface RotateProps {
  keys: SigningKey[];
  onClose: () => void;
  onDone: (rotated: Paged<SigningKey>) => void;
}

/** Shows beforehand what each key becomes. */
function Rotate({ keys, onClose, onDone }: RotateProps) {
  const after: Record<string, string> = {
    next: t('keys.becomesCurrent'),
    current: t('keys.becomesPrevious'),
    previous: t('keys.staysPrevious'),
  };
  return (
    <Dialog title={t('keys.rotateTitle')} onClose={onClose}>
      <Form
        submit={t('keys.rotateSubmit')}
        onCancel={onClose}
        onSubmit={async (fields) => {
          const body = { force: fields.isChecked('force') };
          onDone(await send<Paged<SigningKey>>('POST', '/v1/keys/rotate', body));
          onClose();
          say(t('keys.rotated'));
        }}
      >
        <ul class="rows preview">
          {keys.map(({ kid, stage, expiresAt }) => (
            <li key={kid}>
              <div>
                <code>{kid.slice(0, 12)}…</code> <Tag>{t(`keys.${stage}`)}</Tag>
                <p class="hint">
                  {after[stage]}
                  {stage === 'previous' && expiresAt && ` (${inDates(expiresAt)})`}
                </p>
              </div>
            </li>
          ))}
          <li>
            <div>
              <Tag>{t('keys.new')}</Tag>
              <p class="hint">{t('keys.becomesNext')}</p>
            </div>
          </li>
        </ul>
        <Check name="force" label={t('keys.force')} />
      </Form>
    </Dialog>
  );
}

interface RemoveProps {
  of: SigningKey;
  onClose: () => void;
  onDone: () => void;
}

/** Ends whatever the key has signed, so that a click alone is not enough. */
function Remove({ of: { kid }, onClose, onDone }: RemoveProps) {
  const start = kid.slice(0, 6);
  return (
    <Dialog title={t('keys.removeTitle')} onClose={onClose}>
      <Form
        submit={t('keys.removeSubmit')}
        isDanger
        onCancel={onClose}
        onSubmit={async () => {
          await send('DELETE', `/v1/keys/${kid}`);
          onClose();
          onDone();
          say(t('keys.removed'));
        }}
      >
        <p>{t('keys.removeText')}</p>
        <Field
          name="kid"
          label={t('keys.removeConfirm', { start })}
          pattern={start}
          required
          autocomplete="off"
          autofocus
        />
      </Form>
    </Dialog>
  );
}
