import { type AssayReport, type AssayResult, CENSORINGS, REPORTED_QUANTITIES } from "../../schemas/assay.ts";
import { SAMPLE_MODES, type Sample } from "../../schemas/sample.ts";
import { substances } from "../../schemas/substances.ts";
import { unitsOf } from "../../schemas/units.ts";
import { FIELD_NAMES, FIELDS, type Field } from "./fields.ts";
import { columnName } from "./table.ts";
import { type CellContent, type SheetContent, writeWorkbook } from "./workbook.ts";

export type TemplateLanguage = "en" | "zh";

/** Of the template's columns; raised when one changes its meaning. Old templates go on being read. */
export const TEMPLATE_VERSION = 1;

/** Columns of the long sheet, in reading order. */
const ORDER: readonly Field[] = [
  "sampleId",
  "siteId",
  "mode",
  "start",
  "end",
  "analyte",
  "value",
  "unit",
  "censoring",
  "lod",
  "loq",
  "method",
  "replicate",
];
export const TEMPLATE_FIELDS: readonly Field[] = [...ORDER, ...FIELD_NAMES.filter((field) => !ORDER.includes(field))];

/** What a spreadsheet must not touch: it would make dates and numbers of identifiers. */
const TEXT_FIELDS: ReadonlySet<Field> = new Set(["sampleId", "siteId", "start", "end", "method", "seal", "rawFile"]);

/** Sample columns of the wide sheet; every other column there is a substance. */
const WIDE_FIELDS: readonly Field[] = ["sampleId", "siteId", "mode", "start", "end", "method"];
/** Substances that stand in the wide sheet; others may be added by their name. */
const WIDE_ANALYTES = [
  "methamphetamine",
  "amphetamine",
  "mdma",
  "cocaine",
  "benzoylecgonine",
  "ketamine",
  "norketamine",
  "morphine",
  "codeine",
  "6-mam",
  "thc-cooh",
  "methadone",
  "eddp",
  "etomidate-acid",
  "cotinine",
];

const NAMES = {
  en: { results: "Results", wide: "Results wide", example: "Example", lists: "Lists", about: "About" },
  zh: { results: "结果", wide: "结果（宽表）", example: "示例", lists: "列表", about: "说明" },
} as const;

/** Names of the columns in the language, which are also how they are recognised. */
export const templateHeaders = (language: TemplateLanguage): string[] =>
  TEMPLATE_FIELDS.map((field) => FIELDS[field][language][0]);

/**
 * The template as a workbook: a long and a wide sheet with drop-downs, an example, the lists behind the drop-downs and a page that
 * says how values are written. Generated from the schemas, so it never lags behind what is accepted.
 * @param reports filled into the long sheet, as an export that can be corrected and sent again
 */
export function writeTemplate(language: TemplateLanguage, reports: readonly AssayReport[] = []): Buffer {
  const names = NAMES[language];
  const headers = templateHeaders(language);
  const lists = listColumns(language);
  const range = (list: keyof typeof lists) => {
    const column = columnName(Object.keys(lists).indexOf(list));
    return `'${names.lists}'!$${column}$2:$${column}$${lists[list].length + 1}`;
  };
  const drops = (fields: readonly Field[], fromRow: number) =>
    (["mode", "analyte", "unit", "censoring", "quantity"] as const)
      .map((field) => ({ column: fields.indexOf(field), fromRow, range: range(field) }))
      .filter(({ column }) => column >= 0);
  const long = (name: string, rows: readonly CellContent[][]): SheetContent => ({
    name,
    rows: [headers, ...rows],
    headerRows: 1,
    columns: TEMPLATE_FIELDS.map((field) => ({ width: 18, style: TEXT_FIELDS.has(field) ? "text" : "plain" })),
    lists: drops(TEMPLATE_FIELDS, 2),
  });
  /** The units row only: below it stand values. */
  const unitDrop = (column: number) => ({ column, fromRow: 2, toRow: 2, range: range("unit") });
  const wideHeaders = [
    ...WIDE_FIELDS.map((field) => FIELDS[field][language][0]),
    ...WIDE_ANALYTES.map((id) => substanceName(id, language)),
  ];
  const heights = Math.max(...Object.values(lists).map((list) => list.length));
  return writeWorkbook([
    long(names.results, templateRows(reports)),
    {
      name: names.wide,
      rows: [wideHeaders, [...WIDE_FIELDS.map(() => null), ...WIDE_ANALYTES.map(() => "ng/L")]],
      headerRows: 2,
      columns: wideHeaders.map((_, index) => ({
        width: 18,
        style: WIDE_FIELDS[index] && TEXT_FIELDS.has(WIDE_FIELDS[index]) ? "text" : "plain",
      })),
      lists: [...drops(WIDE_FIELDS, 3), ...WIDE_ANALYTES.map((_, index) => unitDrop(WIDE_FIELDS.length + index))],
    },
    long(names.example, EXAMPLE),
    {
      name: names.lists,
      rows: [
        Object.keys(lists),
        ...Array.from({ length: heights }, (_, row) => Object.values(lists).map((list) => list[row] ?? null)),
      ],
      headerRows: 1,
      columns: Object.keys(lists).map(() => ({ width: 28 })),
    },
    { name: names.about, rows: ABOUT[language], columns: [{ width: 24 }, { width: 100 }] },
  ]);
}

const substanceName = (id: string, language: TemplateLanguage) =>
  substances.find((substance) => substance.id === id)?.names[language] ?? id;

const listColumns = (language: TemplateLanguage) => ({
  analyte: substances.map(({ names }) => names[language]),
  unit: Object.values(REPORTED_QUANTITIES).flatMap((dimension) => unitsOf(dimension)),
  mode: [...SAMPLE_MODES],
  censoring: [...CENSORINGS],
  quantity: Object.keys(REPORTED_QUANTITIES),
});

/** Reports as rows of the long sheet, one a result. Custody is not part of the table. */
export function templateRows(reports: readonly AssayReport[]): CellContent[][] {
  return reports.flatMap(({ sample, results }) =>
    results.map((result) => TEMPLATE_FIELDS.map((field) => contentOf(field, sample, result))),
  );
}

function contentOf(field: Field, sample: Sample, result: AssayResult): CellContent {
  const path = FIELDS[field].path.split(".");
  let value: unknown = path[0] === "sample" ? sample : result;
  for (const step of path[0] === "sample" ? path.slice(1) : path) value = (value as Record<string, unknown> | undefined)?.[step];
  if (value === undefined || value === null || (field === "withdrawn" && value === false)) return null;
  if (Array.isArray(value)) return value.join("; ");
  return typeof value === "number" ? value : String(value);
}

const EXAMPLE: CellContent[][] = templateRows([
  {
    labId: "lab",
    uploadId: "example",
    sample: {
      sampleId: "S-2026-0001",
      siteId: "plant-001",
      mode: "flowProportional",
      start: "2026-05-04T08:00:00+08:00",
      end: "2026-05-05T08:00:00+08:00",
    },
    results: [
      {
        analyte: "methamphetamine",
        quantity: "concentration",
        value: 12.5,
        unit: "ng/L",
        censoring: "none",
        loq: 2.5,
        method: "LCMS-01",
        replicate: 1,
      },
      {
        analyte: "ketamine",
        quantity: "concentration",
        unit: "ng/L",
        censoring: "belowLoq",
        loq: 2.5,
        method: "LCMS-01",
        replicate: 1,
      },
    ],
  },
]);

const ABOUT: Record<TemplateLanguage, CellContent[][]> = {
  en: [
    ["template_version", TEMPLATE_VERSION],
    [
      "Rows",
      "One result a row in the long sheet, one sample a row in the wide one. Fill in one of them; empty sheets are passed over.",
    ],
    [
      "Below the limit",
      "<2.5, <LOQ, <LOD, ND, or an empty value with belowLoq or belowLod in censoring. Never 0, never half the limit.",
    ],
    ["Dates", "2026-05-04 or 2026-05-04 08:00, in the site's own time. A day alone is the 24-hour composite that began on it."],
    ["Limits", "lod and loq in the unit of the value."],
    [
      "Corrections",
      "Send the sample again with the corrected value and a reason: nothing is erased, the earlier value stays readable.",
    ],
  ],
  zh: [
    ["template_version", TEMPLATE_VERSION],
    ["行", "长表每行一个结果，宽表每行一个样本。只填其中一张，空表不读取。"],
    [
      "低于限值",
      "写 <2.5、<LOQ、<LOD、ND、未检出，或数值留空并在“检出情况”中选 belowLoq / belowLod。不要写 0，也不要写限值的一半。",
    ],
    ["日期", "2026-05-04、2026年5月4日 或 2026-05-04 08:00，为采样点当地时间。只写日期表示从该日开始的 24 小时混合样。"],
    ["限值", "检出限、定量限与结果使用同一单位。"],
    ["更正", "重新提交该样本的更正值并注明原因：旧值不会被删除，仍可查阅。"],
  ],
};
