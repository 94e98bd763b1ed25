import type { SecondFactorAnswer } from '../../accounts/factors/second-factors.service.js';

/** What is sent to prove again who one is. */
export interface StepUpAnswer extends SecondFactorAnswer {
  password?: string;
}
