import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

/** Something to press. */
export function Button(props: {
  children: ComponentChildren;
  onClick: () => void;
  primary?: boolean;
  disabled?: boolean;
  pressed?: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      class={props.primary ? 'primary' : undefined}
      disabled={props.disabled}
      aria-pressed={props.pressed}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** A number between two others. */
export function Slider(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step?: number;
  /** Equal ways on the slider are equal factors. `step` is not used then: sixty positions from end to end. */
  logarithmic?: boolean;
  /** How the value is shown; as it is unless given. */
  format?: (value: number) => string;
  disabled?: boolean;
  onChange: (value: number) => void;
}): JSX.Element {
  const id = useId();
  const { min, max, logarithmic = false, format = String } = props;
  const scale = logarithmic
    ? { min: 0, max: 60, step: 1, value: (60 * Math.log(props.value / min)) / Math.log(max / min) }
    : { min, max, step: props.step ?? 1, value: props.value };
  const valueAt = (position: number): number =>
    logarithmic ? Number((min * (max / min) ** (position / 60)).toPrecision(2)) : position;
  return (
    <div class="slider">
      <label for={id}>{props.label}</label>
      <output for={id}>{format(props.value)}</output>
      <input
        id={id}
        type="range"
        {...scale}
        aria-valuetext={format(props.value)}
        disabled={props.disabled}
        onInput={({ currentTarget }) => props.onChange(valueAt(currentTarget.valueAsNumber))}
      />
    </div>
  );
}

/** One of a few. */
export function Choice<Value extends string | number>(props: {
  label: string;
  options: readonly { readonly value: Value; readonly label: string; readonly disabled?: boolean }[];
  value: Value;
  disabled?: boolean;
  onChange: (value: Value) => void;
}): JSX.Element {
  const name = useId();
  return (
    <fieldset class="choice" disabled={props.disabled}>
      <legend>{props.label}</legend>
      {props.options.map(({ value, label, disabled }) => (
        <label key={value}>
          <input
            type="radio"
            name={name}
            checked={value === props.value}
            disabled={disabled}
            onChange={() => props.onChange(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** Asks for files. */
export function FileButton(props: {
  label: string;
  accept?: string;
  multiple?: boolean;
  disabled?: boolean;
  onFiles: (files: readonly File[]) => void;
}): JSX.Element {
  return (
    <label class="file">
      <input
        type="file"
        class="unseen"
        accept={props.accept}
        multiple={props.multiple}
        disabled={props.disabled}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          // So that the same file can be chosen again.
          currentTarget.value = '';
          if (files.length > 0) props.onFiles(files);
        }}
      />
      <span>{props.label}</span>
    </label>
  );
}
