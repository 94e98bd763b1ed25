import { fork, type ChildProcess } from 'node:child_process';
import { endProcess, type Said } from './run-node.js';

/** The command line, in a process of its own that stays for the next command, with an environment of its own. */
export class CommandLine {
  private readonly child: ChildProcess;
  private count = 0;

  constructor(private readonly env: Record<string, string>) {
    this.child = fork('test/support/gatehouse.mjs', { env: { PATH: process.env['PATH'] } });
    this.child.setMaxListeners(100);
  }

  run = (...args: string[]): Promise<Said> => this.send('', args, this.env);

  /** With something on standard input. */
  fed = (input: string | Uint8Array, ...args: string[]): Promise<Said> => this.send(input, args, this.env);

  /** With other settings as well. */
  set = (env: Record<string, string>, ...args: string[]): Promise<Said> =>
    this.send('', args, { ...this.env, ...env });

  close(): Promise<void> {
    return endProcess(this.child);
  }

  private send(input: string | Uint8Array, args: string[], env: Record<string, string>): Promise<Said> {
    const id = this.count++;
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the command line ended before it answered ${args.join(' ')}`));
      const hear = ({ id: of, ...said }: Said & { id: number }) => {
        if (of !== id) return;
        this.child.off('message', hear);
        this.child.off('exit', fail);
        resolve(said);
      };
      this.child.on('message', hear);
      this.child.once('exit', fail);
      const message = { id, args, env, input: Buffer.from(input).toString('base64') };
      this.child.send(message, (error) => error && fail());
    });
  }
}
