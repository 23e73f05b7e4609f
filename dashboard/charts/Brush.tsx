import { useMemo, useRef, useState } from "preact/hooks";
import { formatDay } from "../format.ts";
import { t } from "../language.ts";
import type { SeriesRow } from "./seriesRows.ts";

interface BrushProps {
  rows: readonly SeriesRow[];
  /** What the chart above shows now. */
  window: readonly [Date, Date];
  /** Called with the first and last day of the stretch that was drawn. */
  onChoose: (from: string, to: string) => void;
}

const WIDTH = 1000;
const HEIGHT = 44;
const DAY_MS = 86_400_000;
/** A shorter stretch was a click, not a window. */
const STRETCH_DAYS_MIN = 6;

/**
 * The whole series as a strip: a stretch drawn with mouse or finger becomes the window. Drawn by hand, since Plot has no brush; the
 * two fields beside it do the same for the keyboard.
 */
export function Brush({ rows, window, onChoose }: BrushProps) {
  const strip = useRef<SVGSVGElement>(null);
  const [drawn, setDrawn] = useState<readonly [number, number] | null>(null);
  const [first, last] = [rows[0]!.at.getTime(), rows.at(-1)!.at.getTime() + DAY_MS];
  const path = useMemo(() => pathOf(rows, first, last), [rows, first, last]);
  const lastShown = (ms: number) => isoDay(Math.min(ms - 1, last - DAY_MS));
  const x = (ms: number) => ((Math.min(last, Math.max(first, ms)) - first) / (last - first)) * WIDTH;
  const timeAt = (event: PointerEvent) => {
    const box = strip.current!.getBoundingClientRect();
    return first + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (last - first);
  };
  const [from, to] = drawn ? ([Math.min(...drawn), Math.max(...drawn)] as const) : [window[0].getTime(), window[1].getTime()];
  const finish = () => {
    setDrawn(null);
    if (drawn && to - from >= STRETCH_DAYS_MIN * DAY_MS) onChoose(isoDay(from), lastShown(to));
  };
  return (
    <div class="brush no-print">
      <svg
        ref={strip}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawn([timeAt(event), timeAt(event)]);
        }}
        onPointerMove={(event) => drawn && setDrawn([drawn[0], timeAt(event)])}
        onPointerUp={finish}
        onPointerCancel={() => setDrawn(null)}
      >
        <path d={path} vector-effect="non-scaling-stroke" />
        <rect class="brush-out" x="0" y="0" width={x(from)} height={HEIGHT} />
        <rect class="brush-out" x={x(to)} y="0" width={WIDTH - x(to)} height={HEIGHT} />
        <rect
          class="brush-in"
          x={x(from)}
          y="0"
          width={Math.max(2, x(to) - x(from))}
          height={HEIGHT}
          vector-effect="non-scaling-stroke"
        />
      </svg>
      <p class="brush-fields">
        <DayField label={t("series.from")} day={isoDay(Math.max(first, from))} onChoose={(day) => onChoose(day, lastShown(to))} />
        <DayField label={t("series.to")} day={lastShown(to)} onChoose={(day) => onChoose(isoDay(from), day)} />
        <span class="muted small">
          {t("series.brush", { from: formatDay(new Date(first)), to: formatDay(new Date(last - DAY_MS)) })}
        </span>
      </p>
    </div>
  );
}

function DayField({ label, day, onChoose }: { label: string; day: string; onChoose: (day: string) => void }) {
  return (
    <label class="select">
      <span class="select-label">{label}</span>
      <input
        type="date"
        value={day}
        onChange={(event) => event.currentTarget.value !== "" && onChoose(event.currentTarget.value)}
      />
    </label>
  );
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Values on a log axis, as strokes from the foot: the shape of the whole, thousands of values in one path. */
function pathOf(rows: readonly SeriesRow[], first: number, last: number): string {
  const values = rows.filter(({ value, censored }) => value > 0 && !censored);
  const logs = values.map(({ value }) => Math.log(value));
  const [low, high] = [logs.reduce((a, b) => Math.min(a, b), Infinity), logs.reduce((a, b) => Math.max(a, b), -Infinity)];
  return values
    .map(({ at }, index) => {
      const x = ((at.getTime() - first) / (last - first)) * WIDTH;
      const height = 4 + ((logs[index]! - low) / (high - low || 1)) * (HEIGHT - 10);
      return `M${x.toFixed(1)} ${HEIGHT}v-${height.toFixed(1)}`;
    })
    .join("");
}
