/** A command was understood and not done. Its message goes to whoever called it, in one line that says how to mend it. */
export class NotDone extends Error {}
