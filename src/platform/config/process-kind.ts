/** What a process is: a server, or one command, which finds the database as a server keeps it. */
export class ProcessKind {
  private constructor(readonly isServer: boolean) {}

  static readonly SERVER = new ProcessKind(true);
  static readonly COMMAND = new ProcessKind(false);
}
