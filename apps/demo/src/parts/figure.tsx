import type { ComponentChildren, JSX } from 'preact';

/** The live part of a chapter: what is seen, what can be changed, and what it means. */
export function Figure(props: {
  /** Its name for those who hear the page. */
  label: string;
  children: ComponentChildren;
  controls?: ComponentChildren;
  caption?: ComponentChildren;
}): JSX.Element {
  return (
    <figure class="live" aria-label={props.label}>
      <div class="stage">{props.children}</div>
      {props.controls && <div class="controls">{props.controls}</div>}
      {props.caption && <figcaption>{props.caption}</figcaption>}
    </figure>
  );
}

/** One of several pictures of a figure, with its title. */
export function Panel(props: { title: string; children: ComponentChildren; wide?: boolean }): JSX.Element {
  return (
    <section class={props.wide ? 'panel wide' : 'panel'}>
      <h2>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** A question that is answered by playing, and the answer for afterwards. */
export function Question(props: { children: ComponentChildren; answer: ComponentChildren }): JSX.Element {
  return (
    <aside class="question">
      <h2>To find out</h2>
      <p>{props.children}</p>
      <details>
        <summary>Answer</summary>
        <p>{props.answer}</p>
      </details>
    </aside>
  );
}

/** Numbers with names: `<Facts facts={{ 'KL divergence': '0.31 nats' }} />`. */
export function Facts({ facts }: { facts: Readonly<Record<string, string | number>> }): JSX.Element {
  return (
    <dl class="facts">
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd data-fact={name}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
