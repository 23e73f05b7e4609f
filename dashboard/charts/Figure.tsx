import * as Plot from "@observablehq/plot";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language } from "../language.ts";

interface FigureProps {
  /** What the chart shows, in one sentence: the text a screen reader speaks in place of the picture. */
  label: string;
  /** The picture for a width in pixels. */
  spec: (width: number) => Plot.PlotOptions;
  /** Moments that the arrow keys visit, oldest first, and what is said of each: a slider that a screen reader knows. */
  stops?: readonly { at: Date; text: string }[];
  /** Key to what the marks mean. */
  legend?: ComponentChildren;
  /** Called with the moment of a value that was clicked, or chosen with Enter. */
  onPick?: (at: Date) => void;
  /** Called on each drawing with the picture, for saving it. */
  onDrawn?: (svg: SVGSVGElement) => void;
}

/** Draws a specification at the width there is, and again when that changes. */
export function Figure({ label, spec, stops, legend, onPick, onDrawn }: FigureProps) {
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
    picture.setAttribute("aria-hidden", "true"); // the label, the stops and the lists beside it say the same
    picture.querySelectorAll("a").forEach((link) => {
      link.setAttribute("tabindex", "-1");
    });
    picture.addEventListener("click", () => {
      const { value } = picture as { value?: { at?: Date } | null };
      if (value?.at) onPick?.(value.at);
    });
    frame.current!.replaceChildren(picture);
    drawn.current = picture;
    if (picture instanceof SVGSVGElement) onDrawn?.(picture);
  }, [spec, width, language.value]);

  const last = (stops?.length ?? 0) - 1;
  const here = Math.min(stop ?? last, last);
  return (
    <figure class="figure">
      <div ref={frame} class="figure-frame" {...(last < 0 ? { role: "img", "aria-label": label } : {})} />
      {stops && last >= 0 && (
        <input
          type="range"
          class="visually-hidden"
          aria-label={label}
          min={0}
          max={last}
          value={here}
          aria-valuetext={stops[here]!.text}
          onFocus={() => point(drawn.current, stops[here]!.at)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onPick?.(stops[here]!.at);
          }}
          onInput={(event) => {
            const index = Number(event.currentTarget.value);
            setStop(index);
            point(drawn.current, stops[index]!.at);
          }}
        />
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
