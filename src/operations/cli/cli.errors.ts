/** A command was understood and not done. Its message goes to the operator, in one line that says how to mend it. */
export class NotDone extends Error {}
