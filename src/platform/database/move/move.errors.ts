/** The move did not happen, and the target is as it was. The message is for the operator, one line. */
export class NotMoved extends Error {}
