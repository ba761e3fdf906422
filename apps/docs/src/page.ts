/** A block of code in a page and what it prints. */
export interface Snippet {
  /** Where its code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
  /** The `text` block that follows it. `undefined` where none does: a snippet shows what it prints. */
  readonly output: string | undefined;
}

/** A link to a file of the repository. */
export interface FileLink {
  readonly line: number;
  /** Relative to the page. */
  readonly target: string;
  /** What the file should contain: the name between backticks or the title between “quotes”, if the label is either. */
  readonly name: string | undefined;
}

/** The JavaScript blocks of a page, each with the block of output that follows it. */
export function snippets(page: string): Snippet[] {
  const pattern = /^```js\n(.*?)^```\n(?:\n*```text\n(.*?)^```$)?/gms;
  return [...page.matchAll(pattern)].map(({ index, 1: code = '', 2: output }) => ({
    line: lineOf(page, index) + 1,
    code,
    output,
  }));
}

/** The links of a page to files, pictures included; not those within the page or to other sites. */
export function fileLinks(page: string): FileLink[] {
  const pattern = /\[([^\]]*)\]\(([^)#]+?)(?:#[^)]*)?\)/g;
  return [...page.matchAll(pattern)]
    .filter(([, , target = '']) => !/^[a-z]+:/.test(target))
    .map(({ index, 1: label = '', 2: target = '' }) => ({
      line: lineOf(page, index),
      target,
      name: /^`(.+)`$/.exec(label)?.[1] ?? /^“(.+)”$/.exec(label)?.[1],
    }));
}

function lineOf(page: string, index: number): number {
  return page.slice(0, index).split('\n').length;
}
