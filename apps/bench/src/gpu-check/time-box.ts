/** A piece of work that can be cut off. */
export interface Task<T> {
  readonly name: string;
  /** Milliseconds after which it is cut off. */
  readonly limit: number;
  run(): Promise<T>;
  /** Ends what is still running; must return at once. @param why For the record. */
  abandon(why: string): void;
}

/** The result of a task, or the reason why there is none. */
export type TaskOutcome<T> = { readonly value: T } | { readonly why: string };

/** The reason of a task that could not start. */
export const NOT_REACHED = 'not reached: the time was up';

/** No task starts with less time left, in milliseconds. */
const LEAST = 1000;

/**
 * Runs tasks one after the other within a time. A task ends at its limit or at the end of the box, whichever comes first; tasks
 * that could not start are recorded too.
 *
 * @param end When the box ends, by `performance.now()`.
 * @param record Called after each task, before the next one starts.
 */
export async function runInTimeBox<T>(
  tasks: Iterable<Task<T>>,
  end: number,
  record: (task: Task<T>, outcome: TaskOutcome<T>) => void,
): Promise<void> {
  for (const task of tasks) {
    const left = end - performance.now();
    record(task, left < LEAST ? { why: NOT_REACHED } : await within(task, Math.min(task.limit, left)));
  }
}

async function within<T>(task: Task<T>, limit: number): Promise<TaskOutcome<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<TaskOutcome<T>>((resolve) => {
    timer = setTimeout(() => {
      const why = `cut off after ${Number((limit / 1000).toPrecision(2))} s`;
      task.abandon(why);
      resolve({ why });
    }, limit);
  });
  const done = Promise.resolve()
    .then(() => task.run())
    .then(
      (value): TaskOutcome<T> => ({ value }),
      (error: unknown): TaskOutcome<T> => ({ why: firstLine(error) }),
    );
  const outcome = await Promise.race([done, late]);
  clearTimeout(timer);
  return outcome;
}

/** The first line of a message, for a cell of a table. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n')[0] as string).slice(0, 200);
}
