import type { FieldTexts, FormBody } from '../views/forms.js';
import { refusalText, type ProblemText } from '../views/problem-texts.js';

/** The one form of a page that was not right, and what was typed into it. */
export interface Failed<Form extends string> {
  form: Form;
  errors?: FieldTexts | undefined;
  problem?: ProblemText | undefined;
  typed?: FormBody;
  status: number;
}

/** What to say of a failure. @throws what no form can do anything about */
export function failedBy<Form extends string>(form: Form, error: unknown, typed?: FormBody): Failed<Form> {
  const { problem, status } = refusalText(error);
  return { form, problem, status, ...(typed && { typed }) };
}
