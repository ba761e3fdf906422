import { expose } from 'comlink';
import { Learner, type Lesson, type Method, type Report } from './lesson.js';

let learner: Learner | undefined;

const school = {
  /** Begins a lesson; the one before is over. */
  async begin(lesson: Lesson, method: Method): Promise<Report> {
    void learner?.close();
    learner = new Learner(lesson, method);
    return learner.look();
  },
  async change(method: Method): Promise<void> {
    await learner?.change(method);
  },
  async advance(): Promise<Report | undefined> {
    return learner?.advance();
  },
};

/** What the worker of this chapter does. */
export type School = typeof school;

expose(school);
