import { Problem } from '../../platform/http/problem.js';

/** A consent that was taken back, or is another user's. */
export class NoSuchConsent extends Problem {
  constructor() {
    super(404, 'not_found', 'There is no such consent.');
  }
}
