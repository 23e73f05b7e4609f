/** The colour a CSS variable has now: a canvas cannot look it up by itself. */
export function cssColour(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}
