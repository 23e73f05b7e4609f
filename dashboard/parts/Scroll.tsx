import type { ComponentChildren } from "preact";

/** A part that scrolls by itself: the keyboard must be able to go there. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, or the arrow keys cannot reach it
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
