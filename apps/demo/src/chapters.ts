import type { ComponentType } from 'preact';

/** A chapter of the lecture: one text, one live figure, controls, a question. */
export interface ChapterEntry {
  /** Its address: `#/rbm`. */
  readonly id: string;
  readonly number: number;
  readonly title: string;
  /** Its code is loaded when it is opened. */
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

export const chapters: readonly ChapterEntry[] = [
  { id: 'why-generate', number: 1, title: 'Why generate?', load: () => import('./chapters/why-generate/chapter.js') },
  { id: 'hopfield', number: 2, title: 'Hopfield, 1982', load: () => import('./chapters/hopfield/chapter.js') },
  { id: 'the-trick', number: 3, title: 'The trick', load: () => import('./chapters/the-trick/chapter.js') },
  { id: 'rbm', number: 4, title: 'The RBM', load: () => import('./chapters/rbm/chapter.js') },
  { id: 'sampling', number: 5, title: 'Sampling', load: () => import('./chapters/sampling/chapter.js') },
  { id: 'learning', number: 6, title: 'Learning', load: () => import('./chapters/learning/chapter.js') },
  { id: 'digits', number: 7, title: 'Digits', load: () => import('./chapters/digits/chapter.js') },
  { id: 'physics', number: 8, title: 'Physics', load: () => import('./chapters/physics/chapter.js') },
  {
    id: 'under-the-hood',
    number: 9,
    title: 'Under the hood',
    load: () => import('./chapters/under-the-hood/chapter.js'),
  },
];
