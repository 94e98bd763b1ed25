// @ts-check
// What the threads of argon2.ts run. Not TypeScript, for Node itself loads it, from the source as well.
import { hashSync, verifySync } from '@node-rs/argon2';

/** @param {{ password: string, options: import('@node-rs/argon2').Options }} task */
export const hash = ({ password, options }) => hashSync(password, options);

/** @param {{ text: string, password: string }} task */
export const verify = ({ text, password }) => verifySync(text, password);
