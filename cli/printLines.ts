/** Characters gathered before they are written: one write a line would be most of the time. */
const CHUNK_CHARS = 65_536;

/** Prints rows as they come: JSON in camelCase, one object a line, or CSV in snake_case with a header before the first. */
export function linePrinter(json: boolean): { line(row: Record<string, unknown>): void; end(): Promise<void> } {
  let text = "";
  let header = false;
  const add = (line: string) => {
    text += `${line}\n`;
    if (text.length < CHUNK_CHARS) return;
    process.stdout.write(text);
    text = "";
  };
  return {
    line(row) {
      if (json) return add(JSON.stringify(row));
      if (!header) add(Object.keys(row).map(snake).join(","));
      header = true;
      add(Object.values(row).map(cell).join(","));
    },
    /** Resolves when all is with the reader. */
    end: () => new Promise((resolve) => process.stdout.write(text, () => resolve())),
  };
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "number" ? String(Number(value.toPrecision(7))) : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
