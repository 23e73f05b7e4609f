import * as Plot from "@observablehq/plot";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../language.ts";

interface FigureProps {
  /** What the chart shows, in one sentence: the text a screen reader speaks in place of the picture. */
  label: string;
  /** The picture for a width in pixels. */
  spec: (width: number) => Plot.PlotOptions;
  /** Moments that the arrow keys visit, oldest first, and what is said of each. */
  stops?: readonly { at: Date; text: string }[];
  /** Key to what the marks mean. */
  legend?: ComponentChildren;
  /** Called on each drawing with the picture, for saving it. */
  onDrawn?: (svg: SVGSVGElement) => void;
}

/** Draws a specification at the width there is, and again when that changes. */
export function Figure({ label, spec, stops, legend, onDrawn }: FigureProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<(SVGSVGElement | HTMLElement) & Plot.Plot>(null);
  const [width, setWidth] = useState(0);
  const [stop, setStop] = useState<number | null>(null);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);

  // the words and numbers in a picture follow the language
  useEffect(() => {
    if (width < 50) return;
    const picture = Plot.plot(spec(width));
    picture.querySelectorAll("style").forEach((style) => {
      style.remove(); // the policy allows no inline style; styles/parts.css has these rules
    });
    picture.setAttribute("aria-hidden", "true"); // the figure's label, the stops and the table speak for it
    frame.current!.replaceChildren(picture);
    drawn.current = picture;
    if (picture instanceof SVGSVGElement) onDrawn?.(picture);
  }, [spec, width, language.value]);

  const visit = (index: number) => {
    if (!stops || stops.length === 0) return;
    const bounded = Math.max(0, Math.min(stops.length - 1, index));
    setStop(bounded);
    point(drawn.current, stops[bounded]!.at);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!stops || stops.length === 0) return;
    const here = stop ?? stops.length - 1;
    const tenth = Math.max(1, Math.round(stops.length / 10));
    const moves: Record<string, number> = {
      ArrowLeft: stop === null ? here : here - 1,
      ArrowRight: here + 1,
      Home: 0,
      End: stops.length - 1,
      PageUp: here - tenth,
      PageDown: here + tenth,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    visit(to);
  };
  return (
    <figure class="figure">
      <div
        ref={frame}
        class="figure-frame"
        role="img"
        aria-label={label}
        // the arrow keys walk along the values
        tabIndex={stops ? 0 : undefined}
        onKeyDown={onKeyDown}
      />
      {stops && (
        <p class="visually-hidden" aria-live="polite">
          {stop === null ? "" : stops[stop]?.text}
        </p>
      )}
      {legend && <figcaption class="legend">{legend}</figcaption>}
    </figure>
  );
}

/** Moves the picture's own pointer to a moment, as a mouse would. */
function point(picture: ((SVGSVGElement | HTMLElement) & Plot.Plot) | null, at: Date): void {
  const x = picture?.scale("x")?.apply(at);
  if (!picture || typeof x !== "number") return;
  const box = picture.getBoundingClientRect();
  const place = { clientX: box.left + x, clientY: box.top + box.height / 2, pointerType: "mouse", bubbles: true };
  picture.dispatchEvent(new PointerEvent("pointerenter", place));
  picture.dispatchEvent(new PointerEvent("pointermove", place));
}
