import type { INestApplicationContext } from '@nestjs/common';
import { OPERATOR } from '../../platform/access/actor.js';
import { SigningKeysService } from '../../tokens/keys/signing-keys.service.js';
import { RotationTooSoon } from '../../tokens/revocation/tokens.errors.js';
import { NotDone } from './cli.errors.js';
import type { Outcome } from './outcome.js';
import { KeyRotationService } from '../../tokens/keys/key-rotation.service.js';

/** Makes the next signing key current, as `POST /v1/keys/rotate` does. */
export async function keysRotate(
  app: INestApplicationContext,
  { force = false }: { force?: boolean },
): Promise<Outcome> {
  const keys = app.get(SigningKeysService);
  await keys.reload();
  if (keys.list().length === 0)
    throw new NotDone('there are no keys yet; the server makes them when it starts');
  try {
    const rotated = await app.get(KeyRotationService).rotate(OPERATOR, { force });
    const data = rotated.map(({ kid, stage, alg }) => ({ kid, stage, alg }));
    return { data, lines: data.map(({ kid, stage, alg }) => `${stage.padEnd(8)}  ${alg}  ${kid}`) };
  } catch (error) {
    if (!(error instanceof RotationTooSoon)) throw error;
    throw new NotDone('the next key was published less than a minute ago; --force rotates all the same');
  }
}
