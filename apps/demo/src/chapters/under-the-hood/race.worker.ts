import { expose } from 'comlink';
import { contestants } from './contestants.js';
import { type Course, type Lap, race } from './race.js';

/** The race course as the page sees it. The page ends a race with the worker. */
export interface RaceWorker {
  run(course: Course, report: (lap: Lap) => void): Promise<void>;
}

const worker: RaceWorker = {
  run: (course, report) =>
    race(contestants(navigator.hardwareConcurrency, crossOriginIsolated), course, report, () => false),
};

expose(worker);
