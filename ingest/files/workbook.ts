import { columnName } from "./table.ts";
import { writeZip } from "./zip.ts";

export type CellStyle = "plain" | "header" | "text" | "note";
export type CellContent = string | number | null;

/** A sheet to be written. */
export interface SheetContent {
  name: string;
  rows: readonly (readonly CellContent[])[];
  /** Rows at the top that stay in sight; they are styled as headers. */
  headerRows?: number;
  /** By column: text columns keep what is typed, so that a spreadsheet makes no date or number of it. */
  columns?: readonly { width?: number; style?: CellStyle }[];
  /** Drop-downs: a column whose cells take the values of a range, such as `Lists!$A$2:$A$90`. */
  lists?: readonly { column: number; fromRow: number; toRow?: number; range: string }[];
}

/** Rows for which drop-downs are offered. */
const LIST_ROWS = 5_000;
const STYLES: readonly CellStyle[] = ["plain", "header", "text", "note"];

/**
 * A workbook with the few parts that a spreadsheet needs, zipped with Node's zlib. Texts are written in place and never as
 * formulas, so nothing in them is evaluated. (exceljs would do more and is no longer maintained.)
 */
export function writeWorkbook(sheets: readonly SheetContent[]): Buffer {
  const ids = sheets.map((_, index) => index + 1);
  const main = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const overrides = ids.map((id) => `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="${main}.worksheet+xml"/>`);
  const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const relations = ids.map(
    (id) => `<Relationship Id="rId${id}" Type="${office}/worksheet" Target="worksheets/sheet${id}.xml"/>`,
  );
  const packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";
  const entries = sheets.map(
    ({ name }, index) => `<sheet name="${escapeXml(name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`,
  );
  return writeZip([
    {
      name: "[Content_Types].xml",
      content: `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${main}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${main}.styles+xml"/>${overrides.join("")}</Types>`,
    },
    {
      name: "_rels/.rels",
      content: `${XML}<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    },
    {
      name: "xl/workbook.xml",
      content: `${XML}<workbook xmlns="${MAIN}" xmlns:r="${office}"><sheets>${entries.join("")}</sheets></workbook>`,
    },
    {
      name: "xl/_rels/workbook.xml.rels",
      content: `${XML}<Relationships xmlns="${packageRelations}">${relations.join("")}<Relationship Id="rId${sheets.length + 1}" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    },
    { name: "xl/styles.xml", content: STYLE_PART },
    ...sheets.map((sheet, index) => ({ name: `xl/worksheets/sheet${index + 1}.xml`, content: sheetXml(sheet) })),
  ]);
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/** Formats in the order of STYLES: plain, bold on grey, text (number format 49, "@"), grey italics. */
const STYLE_PART = `${XML}<styleSheet xmlns="${MAIN}"><fonts count="3"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font><font><i/><sz val="11"/><color rgb="FF666666"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE7ECF0"/></patternFill></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf/><xf fontId="1" fillId="2" applyFont="1" applyFill="1"/><xf numFmtId="49" applyNumberFormat="1"/><xf fontId="2" applyFont="1"/></cellXfs></styleSheet>`;

function sheetXml({ rows, headerRows = 0, columns = [], lists = [] }: SheetContent): string {
  const pane =
    headerRows > 0
      ? `<pane ySplit="${headerRows}" topLeftCell="A${headerRows + 1}" activePane="bottomLeft" state="frozen"/>`
      : "";
  const cols = columns.map(({ width = 16, style = "plain" }, index) => {
    const column = index + 1;
    return `<col min="${column}" max="${column}" width="${width}" customWidth="1" style="${STYLES.indexOf(style)}"/>`;
  });
  const data = rows.map((cells, index) => {
    const style = (column: number) => STYLES.indexOf(index < headerRows ? "header" : (columns[column]?.style ?? "plain"));
    return `<row r="${index + 1}">${cells.map((cell, column) => cellXml(cell, `${columnName(column)}${index + 1}`, style(column))).join("")}</row>`;
  });
  const validations = lists.map(({ column, fromRow, toRow = fromRow + LIST_ROWS, range }) => {
    const name = columnName(column);
    return `<dataValidation type="list" allowBlank="1" showErrorMessage="0" sqref="${name}${fromRow}:${name}${toRow}"><formula1>${escapeXml(range)}</formula1></dataValidation>`;
  });
  const validation = lists.length > 0 ? `<dataValidations count="${lists.length}">${validations.join("")}</dataValidations>` : "";
  return `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0">${pane}</sheetView></sheetViews>${cols.length > 0 ? `<cols>${cols.join("")}</cols>` : ""}<sheetData>${data.join("")}</sheetData>${validation}</worksheet>`;
}

function cellXml(cell: CellContent, reference: string, style: number): string {
  if (cell === null || cell === "") return "";
  if (typeof cell === "number") return `<c r="${reference}" s="${style}"><v>${cell}</v></c>`;
  return `<c r="${reference}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeXml(cell)}</t></is></c>`;
}

/** Characters that XML 1.0 has no place for are written as OOXML does: `_x0007_`. */
function escapeXml(text: string): string {
  return text
    .replace(/_x[\dA-Fa-f]{4}_/g, (literal) => `_x005F${literal}`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, (mark) =>
      mark === "\n" || mark === "\t" ? mark : `_x${hex4(mark.charCodeAt(0))}_`,
    );
}

const hex4 = (code: number) => code.toString(16).toUpperCase().padStart(4, "0");
