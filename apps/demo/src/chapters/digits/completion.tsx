import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Button, Choice } from '../../parts/controls.js';
import { Panel } from '../../parts/figure.js';
import { PixelEditor, PixelGrid } from '../../parts/pixels.js';
import type { DataSummary } from './lab.js';
import type { Laboratory } from './use-laboratory.js';

/** Completions that are shown. */
const SHOWN = 12;

/** Which pixels the visitor says. */
type Half = 'upper' | 'left';

/** Half an image by the visitor, the rest by the model. */
export function Completion({ lab, data }: { lab: Laboratory; data: DataSummary }): JSX.Element {
  const { width, height } = data;
  const [half, setHalf] = useState<Half>('upper');
  const [image, setImage] = useState<Uint8Array>(() => new Uint8Array(width * height));
  const [found, setFound] = useState<Float32Array>();
  const [example, setExample] = useState(0);
  const isKnown = (pixel: number): boolean =>
    half === 'upper' ? pixel < (height >> 1) * width : pixel % width < width >> 1;
  const complete = async (): Promise<void> => {
    const known = Uint8Array.from(image, (_, pixel) => Number(isKnown(pixel)));
    const completions = await lab.complete(known, image, SHOWN);
    if (completions) setFound(completions);
  };
  // A new drawing makes the old completions those of another image.
  const latest = useRef(image);
  useEffect(() => {
    if (latest.current !== image) setFound(undefined);
    latest.current = image;
  }, [image]);
  return (
    <Panel title="Draw half of it, and let the model finish" wide>
      <div class="completion">
        <div>
          <PixelEditor
            label={`The ${half} half of an image`}
            // What the model is to say is grey.
            values={image.map((x, pixel) => (isKnown(pixel) ? x : 0))}
            unknown={(pixel) => !isKnown(pixel)}
            width={width}
            height={height}
            size="min(100%, 15rem)"
            onPaint={(pixel, value) => setImage((now) => painted(now, pixel, value, width, height))}
          />
          <div class="buttons">
            <Choice
              label="You draw"
              value={half}
              options={[
                { value: 'upper', label: 'upper half' },
                { value: 'left', label: 'left half' },
              ]}
              onChange={(value) => {
                setHalf(value);
                setFound(undefined);
              }}
            />
            <Button
              onClick={() => {
                const at = example % (data.examples.length / (width * height));
                setImage(data.examples.slice(at * width * height, (at + 1) * width * height));
                setExample(example + 1);
              }}
            >
              Half of a training image
            </Button>
            <Button onClick={() => setImage(new Uint8Array(width * height))}>Clear</Button>
            <Button onClick={() => void complete()}>Finish it</Button>
          </div>
        </div>
        {found && (
          <PixelGrid
            label={`${SHOWN} ways to finish it: the probability of each pixel to be on`}
            values={found}
            width={width}
            height={height}
            columns={4}
          />
        )}
      </div>
    </Panel>
  );
}

/** An image with a stroke of the brush, which is two pixels wide where images are large. */
function painted(image: Uint8Array, pixel: number, value: 0 | 1, width: number, height: number): Uint8Array {
  const next = image.slice();
  const reach = Math.min(width, height) > 16 ? 1 : 0;
  const [row, column] = [Math.floor(pixel / width), pixel % width];
  for (let r = row; r <= Math.min(height - 1, row + reach); r++) {
    for (let c = column; c <= Math.min(width - 1, column + reach); c++) next[r * width + c] = value;
  }
  return next;
}
