import type { JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { themeColour, useTheme } from '../theme.js';

/**
 * How numbers become shades: `unit` from 0 (paper) to 1 (ink); `signed` from −scale (cold) over 0 (paper) to +scale (warm).
 */
export type Shading = { readonly kind: 'unit' } | { readonly kind: 'signed'; readonly scale: number };

const unit: Shading = { kind: 'unit' };

/** Shade of pixels that nobody has drawn. */
const UNKNOWN = 0.25;

/** Images of equal size in a grid, drawn on one canvas. */
export function PixelGrid(props: {
  /** What it shows, for those who hear the page. */
  label: string;
  /** `[count · width · height]`, image after image. */
  values: ArrayLike<number>;
  width: number;
  height: number;
  columns: number;
  shading?: Shading;
  /** Width of the picture on the page: `20rem`. All there is unless given. */
  size?: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const { values, width, height, columns, shading = unit } = props;
  const count = Math.floor(values.length / (width * height));
  const rows = Math.max(1, Math.ceil(count / columns));
  // One pixel lies between images.
  const [across, down] = [columns * (width + 1) - 1, rows * (height + 1) - 1];
  useEffect(() => {
    if (canvas.current) paint(canvas.current, values, { width, height, columns, count, shading });
  }, [values, width, height, columns, count, shading, theme]);
  return (
    <canvas
      class="pixels"
      ref={canvas}
      role="img"
      aria-label={props.label}
      width={across}
      height={down}
      style={{ aspectRatio: `${across} / ${down}`, ...(props.size ? { width: props.size } : {}) }}
    />
  );
}

/** An image to draw on, with the pointer or with arrow keys and space. */
export function PixelEditor(props: {
  label: string;
  /** `[width · height]`, 0 or 1. */
  values: ArrayLike<number>;
  width: number;
  height: number;
  size?: string;
  /** Pixels that nobody has drawn: they are grey, and cannot be drawn on. */
  unknown?: (pixel: number) => boolean;
  /** Called with the place, row by row, of each pixel touched, and what it should become. */
  onPaint: (pixel: number, value: 0 | 1) => void;
}): JSX.Element {
  const { values, width, height, unknown } = props;
  const onPaint = (pixel: number, value: 0 | 1): void => {
    if (!unknown?.(pixel)) props.onPaint(pixel, value);
  };
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();
  const [cursor, setCursor] = useState(0);
  const [focused, setFocused] = useState(false);
  const ink = useRef<0 | 1 | undefined>(undefined);
  const help = useId();
  useEffect(() => {
    if (!canvas.current) return;
    const shades = unknown ? Float32Array.from(values, (x, pixel) => (unknown(pixel) ? UNKNOWN : x)) : values;
    paint(canvas.current, shades, { width, height, columns: 1, count: 1, shading: unit });
  }, [values, width, height, unknown, theme]);
  const pixelAt = (event: PointerEvent): number => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const clamp = (x: number, most: number): number => Math.min(most - 1, Math.max(0, Math.floor(x)));
    const column = clamp((width * (event.clientX - box.left)) / box.width, width);
    return clamp((height * (event.clientY - box.top)) / box.height, height) * width + column;
  };
  const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width };
  return (
    <div class="editor" style={props.size ? { width: props.size } : undefined}>
      <div
        role="application"
        aria-label={props.label}
        aria-describedby={help}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: drawn on by keyboard
        tabIndex={0}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onPointerDown={(event) => {
          (event.currentTarget as Element).setPointerCapture(event.pointerId);
          const pixel = pixelAt(event);
          ink.current = values[pixel] ? 0 : 1;
          onPaint(pixel, ink.current);
        }}
        onPointerMove={(event) => ink.current !== undefined && onPaint(pixelAt(event), ink.current)}
        onPointerUp={() => {
          ink.current = undefined;
        }}
        onPointerCancel={() => {
          ink.current = undefined;
        }}
        onKeyDown={(event) => {
          const move = moves[event.key];
          if (move !== undefined) setCursor((at) => (at + move + width * height) % (width * height));
          else if (event.key === ' ' || event.key === 'Enter') onPaint(cursor, values[cursor] ? 0 : 1);
          else return;
          event.preventDefault();
        }}
      >
        <canvas
          class="pixels"
          ref={canvas}
          width={width}
          height={height}
          style={{ aspectRatio: `${width} / ${height}` }}
        />
        {focused && (
          <span
            class="cursor"
            style={{
              left: `${(100 * (cursor % width)) / width}%`,
              top: `${(100 * Math.floor(cursor / width)) / height}%`,
              width: `${100 / width}%`,
              height: `${100 / height}%`,
            }}
          />
        )}
      </div>
      <span id={help} class="unseen">
        Draw with the pointer, or move with the arrow keys and press space.
      </span>
    </div>
  );
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly count: number;
  readonly shading: Shading;
}

function paint(canvas: HTMLCanvasElement, values: ArrayLike<number>, grid: Grid): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { width, height, columns, count, shading } = grid;
  const [paper, ink, warm, cold] = ['--paper', '--ink', '--warm', '--cold'].map((name) => channels(themeColour(name)));
  const image = context.createImageData(canvas.width, canvas.height);
  for (let n = 0; n < count; n++) {
    const [left, top] = [(n % columns) * (width + 1), Math.floor(n / columns) * (height + 1)];
    for (let pixel = 0; pixel < width * height; pixel++) {
      const value = values[n * width * height + pixel] as number;
      const part = shading.kind === 'unit' ? value : value / shading.scale;
      const full = shading.kind === 'unit' ? ink : part < 0 ? cold : warm;
      const amount = Math.min(1, Math.abs(part));
      const at = 4 * ((top + Math.floor(pixel / width)) * canvas.width + left + (pixel % width));
      for (let c = 0; c < 3; c++) {
        image.data[at + c] = (paper?.[c] as number) * (1 - amount) + (full?.[c] as number) * amount;
      }
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

/** Red, green and blue of a colour written as `#rrggbb`, or as `#rgb` by what makes style sheets smaller. */
function channels(colour: string): readonly number[] {
  const digits =
    colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : colour.slice(1).match(/../g);
  return (digits ?? []).map((pair) => Number.parseInt(pair, 16));
}
