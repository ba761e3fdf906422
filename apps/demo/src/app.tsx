import { type ComponentChildren, type ComponentType, type JSX, Component as PreactComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useAddress } from './address.js';
import { type ChapterEntry, chapters } from './chapters.js';
import { Problem } from './parts/problem.js';
import { ThemeChoice } from './theme.js';

/** The page: a list of chapters, and the one that is open. */
export function App(): JSX.Element {
  const [{ chapter: id }] = useAddress();
  const index = Math.max(
    0,
    chapters.findIndex((chapter) => chapter.id === id),
  );
  const chapter = chapters[index] as ChapterEntry;
  useEffect(() => {
    document.title = `${chapter.title} · From Hopfield to Boltzmann`;
    window.scrollTo(0, 0);
  }, [chapter]);
  return (
    <div class="page">
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to a place in the page */}
      <a class="skip" href="#chapter" onClick={focusChapter}>
        Skip to the chapter
      </a>
      <header class="masthead">
        <p class="brand">
          <a href="#/">From Hopfield to Boltzmann</a>
        </p>
        <ChapterList open={chapter} />
        <ThemeChoice />
      </header>
      <main id="chapter" tabIndex={-1}>
        <Boundary key={chapter.id}>
          <OpenChapter chapter={chapter} />
        </Boundary>
        <Neighbours index={index} />
      </main>
    </div>
  );
}

function focusChapter(event: Event): void {
  // The fragment is the page's address, so the jump is made by hand.
  event.preventDefault();
  document.getElementById('chapter')?.focus();
}

function ChapterList({ open }: { open: ChapterEntry }): JSX.Element {
  const list = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    // On a narrow screen the list folds away once a chapter is chosen; on a wide one it stays open.
    const wide = matchMedia('(min-width: 60rem)');
    const adapt = (): void => {
      if (list.current) list.current.open = wide.matches;
    };
    adapt();
    wide.addEventListener('change', adapt);
    return () => wide.removeEventListener('change', adapt);
  }, [open]);
  return (
    <details class="chapters" ref={list}>
      <summary>Chapters</summary>
      <nav aria-label="Chapters">
        <ol>
          {chapters.map((chapter) => (
            <li key={chapter.id}>
              <a href={`#/${chapter.id}`} aria-current={chapter === open ? 'page' : undefined}>
                <span class="number">{chapter.number}</span> {chapter.title}
              </a>
            </li>
          ))}
        </ol>
      </nav>
    </details>
  );
}

function OpenChapter({ chapter }: { chapter: ChapterEntry }): JSX.Element {
  const [Chapter, setChapter] = useState<ComponentType>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    let left = false;
    chapter.load().then(
      (module) => !left && setChapter(() => module.default),
      (error) => !left && setFailure(error),
    );
    return () => {
      left = true;
    };
  }, [chapter]);
  return (
    <article data-chapter={chapter.id} data-ready={Chapter ? '' : undefined}>
      <h1>
        <span class="number">{chapter.number}</span>
        {chapter.title}
      </h1>
      {failure !== undefined && <Problem error={failure} />}
      {Chapter ? <Chapter /> : <p class="loading">Loading …</p>}
    </article>
  );
}

function Neighbours({ index }: { index: number }): JSX.Element {
  const [before, after] = [chapters[index - 1], chapters[index + 1]];
  return (
    <nav class="neighbours" aria-label="Previous and next chapter">
      {before ? <a href={`#/${before.id}`}>← {before.title}</a> : <span />}
      {after && <a href={`#/${after.id}`}>{after.title} →</a>}
    </nav>
  );
}

/** Shows what a chapter threw while it was drawn, and leaves the rest of the page alive. */
class Boundary extends PreactComponent<{ children: ComponentChildren }, { error?: unknown }> {
  override state: { error?: unknown } = {};

  override componentDidCatch(error: unknown): void {
    this.setState({ error });
  }

  override render(): ComponentChildren {
    return this.state.error === undefined ? this.props.children : <Problem error={this.state.error} />;
  }
}
