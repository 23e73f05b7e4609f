import { parse } from "csv-parse/sync";

interface Rule {
  required?: boolean;
  empty?: false;
  unique?: boolean;
  type: "string" | "float" | "integer" | "datetime";
  maxlength?: number;
  min?: number;
  max?: number;
  allowed?: string[];
}
/** As fixtures/odm-rules holds them, from the published dictionary. */
export interface Rules {
  missing: string[];
  tables: Record<string, Record<string, Rule>>;
}

/** What the table breaks of the schema's rules, row by row. */
export function brokenRules({ missing, tables }: Rules, table: string, csv: string): string[] {
  const rows = parse(csv, { columns: true }) as Record<string, string>[];
  const header = csv.split(/\r?\n/)[0]?.split(",") ?? [];
  const ofTable = Object.entries(tables[table] ?? {});
  const absent = ofTable.filter(([name, rule]) => rule.required && !header.includes(name)).map(([name]) => `${name} is missing`);
  const seen = new Set<string>();
  return [
    ...absent,
    ...rows.flatMap((row) =>
      ofTable.flatMap(([name, rule]) => {
        const cell = row[name];
        if (cell === undefined) return [];
        if (cell === "") return rule.empty === false ? [`${name} is empty`] : [];
        const broken: string[] = [];
        if (rule.required && missing.includes(cell)) broken.push(`${name} is missing`);
        if (rule.maxlength && cell.length > rule.maxlength) broken.push(`${name} too long: ${cell}`);
        if (rule.allowed && !rule.allowed.includes(cell)) broken.push(`${name} not in its set: ${cell}`);
        if (rule.type === "datetime" && Number.isNaN(Date.parse(cell))) broken.push(`${name} no time: ${cell}`);
        if (rule.type === "float" && !Number.isFinite(Number(cell))) broken.push(`${name} no number: ${cell}`);
        if (rule.type === "integer" && !Number.isInteger(Number(cell))) broken.push(`${name} no integer: ${cell}`);
        if (rule.min !== undefined && Number(cell) < rule.min) broken.push(`${name} below its least: ${cell}`);
        if (rule.max !== undefined && Number(cell) > rule.max) broken.push(`${name} above its most: ${cell}`);
        if (rule.unique && seen.has(`${name} ${cell}`)) broken.push(`${name} twice: ${cell}`);
        if (rule.unique) seen.add(`${name} ${cell}`);
        return broken;
      }),
    ),
  ];
}
