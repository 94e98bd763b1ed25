import type { Options } from '@node-rs/argon2';
import { Worker } from 'node:worker_threads';

/** What a thread is asked: for the hash of a password, or whether `text` is one. */
export type Task = { password: string } & ({ options: Options } | { text: string });

/** What a thread answers; without a value it could not do it. */
type Answer = { value?: unknown };

/** Threads that compute hashes and give way to the rest of the process. They are started when needed, and keep no process. */
export class Argon2Threads {
  private readonly idle = new Set<Thread>();

  constructor(private readonly file: URL) {}

  /**
   * Does a task in a thread that is idle, or in another one: so many there are as are asked at a time. `undefined` when
   * the task cannot be done. Rejects when there is no thread to be had, or it ended.
   */
  async run<T>(task: Task): Promise<T | undefined> {
    const [thread = new Thread(this.file)] = this.idle;
    this.idle.delete(thread);
    const { value } = await thread.run(task);
    if (thread.isAlive) this.idle.add(thread);
    return value as T | undefined;
  }
}

class Thread {
  isAlive = true;
  private readonly worker: Worker;
  private settle: { done: (answer: Answer) => void; failed: (error: Error) => void } | undefined;

  constructor(file: URL) {
    // What the process was started with, such as instruments, is not for it.
    this.worker = new Worker(file, { execArgv: [] });
    this.worker.on('message', (answer: Answer) => this.settle?.done(answer));
    // An error without a listener would end the process.
    this.worker.on('error', (error: Error) => this.end(error));
    this.worker.on('exit', (code) => this.end(new Error(`the thread ended with ${code}`)));
  }

  async run(task: Task): Promise<Answer> {
    if (!this.isAlive) throw new Error('the thread has ended');
    this.worker.ref();
    try {
      return await new Promise<Answer>((done, failed) => {
        this.settle = { done, failed };
        this.worker.postMessage(task);
      });
    } finally {
      this.worker.unref();
    }
  }

  private end(error: Error): void {
    this.isAlive = false;
    this.settle?.failed(error);
  }
}
