import { resolveCompound } from "./fields.ts";
import type { ColumnMapping } from "./mapping.ts";

/** What an export may say of a compound in each injection, with the names of its columns in English and German. */
const PEAK = {
  retentionMin: /^(?:RT|Ret\.?[- ]?(?:time|zeit))$/i,
  signalToNoise: /^S\/N$/i,
  recoveryPercent: /^(?:accuracy|genauigkeit)$/i,
  standardResponse: /^(?:ISTD|IS) resp(?:onse|\.)?$/i,
  isRecovery: /^(?:IS|ISTD) recovery/i,
} as const;
type PeakColumn = keyof typeof PEAK;

/** The columns of one compound in an Agilent MassHunter quantitative export. */
export interface MassHunterCompound {
  name: string;
  analyte: string | undefined;
  concentration: number;
  ratio?: number;
  /** Column of manual integration: `MI` on a value becomes a flag. */
  manual?: number;
  peak: Partial<Record<PeakColumn, number>>;
  method: Partial<Record<"retentionMin" | "calibrationR2" | "spiked", number>>;
  ownInternalStandard?: boolean;
}

export interface MassHunterHeader {
  /** Group and column name by column, `Methamphetamine Results / Final Conc.` */
  names: string[];
  sampleName: number;
  type: number | undefined;
  dataFile: number | undefined;
  compounds: MassHunterCompound[];
}

/** English and German names of the columns we read. */
const NAME = /^(?:name|sample name|probenname)$/i;
const TYPE = /^(?:type|sample type|typ|probentyp)$/i;
const DATA_FILE = /^(?:data file|datendatei|datei)$/i;
const FINAL = /^(?:final conc\.?|endkonz\.?|finale konz\.?)$/i;
const CALCULATED = /^(?:calc\.? conc\.?|ber\. konz\.?)$/i;
const EXPECTED = /^(?:exp\.? conc\.?|erw\. konz\.?)$/i;
const R2 = /^(?:CF )?R(?:2|²|\^2)$/i;
const RESPONSE = /^(?:resp(?:onse|\.)?|area|fläche)$/i;
const STANDARD = /\s*\(?(?:istd|is)\)?\s*$/i;

/**
 * The two header rows of an export: groups above (`Sample`, `X Method`, `X Results`, `Qualifier (150.1 -> 91.1) Results`,
 * `X-d5 (ISTD) Results`), columns below. Undefined where the two rows are not such a pair.
 */
export function massHunterHeader(
  groups: readonly string[],
  columns: readonly string[],
  mapping: ColumnMapping,
): MassHunterHeader | undefined {
  if (!groups.some((group) => /results?$|ergebnisse$/i.test(group.trim()))) return undefined;
  const names: string[] = [];
  const header: MassHunterHeader = { names, sampleName: -1, type: undefined, dataFile: undefined, compounds: [] };
  const standards: { name: string; response?: number }[] = [];
  const methods = new Map<string, MassHunterCompound["method"]>();
  /** The columns of the group that is read, until one of them makes it a compound. */
  let open: { compound: MassHunterCompound; known: boolean } | undefined;
  let group = "";
  for (const [index, text] of columns.entries()) {
    const started = (groups[index] ?? "").trim();
    const column = text.trim();
    if (started !== "") {
      group = started;
      open = undefined;
      const name = group.replace(/\s*(?:results?|ergebnisse)$/i, "");
      if (/^(?:sample|probe)$/i.test(group) || /^qual/i.test(group)) open = undefined;
      else if (/\s(?:method|methode)$/i.test(group)) methods.set(group.replace(/\s*(?:method|methode)$/i, ""), {});
      else if (STANDARD.test(name)) standards.push({ name: name.replace(STANDARD, "") });
      else
        open = {
          compound: { name, analyte: mappedAnalyte(name, mapping), concentration: -1, peak: {}, method: {} },
          known: false,
        };
    }
    names.push(group === "" ? column : `${group} / ${column}`);
    if (/^(?:sample|probe)$/i.test(group)) {
      if (NAME.test(column)) header.sampleName = index;
      else if (TYPE.test(column)) header.type = index;
      else if (DATA_FILE.test(column)) header.dataFile = index;
    } else if (/^qual/i.test(group)) {
      const last = header.compounds.at(-1);
      if (last && last.ratio === undefined && /^(?:ratio|verhältnis)$/i.test(column)) last.ratio = index;
    } else if (/\s(?:method|methode)$/i.test(group)) {
      const method = methods.get(group.replace(/\s*(?:method|methode)$/i, ""))!;
      if (PEAK.retentionMin.test(column)) method.retentionMin = index;
      else if (R2.test(column)) method.calibrationR2 = index;
      else if (EXPECTED.test(column)) method.spiked = index;
    } else if (open) readColumn(open, column, index, header);
    else {
      const standard = standards.at(-1);
      if (standard && RESPONSE.test(column)) standard.response ??= index;
    }
  }
  for (const compound of header.compounds) {
    compound.method = { ...methods.get(compound.name), ...compound.method };
    matchStandard(compound, standards);
  }
  return header.sampleName >= 0 && header.compounds.length > 0 ? header : undefined;
}

function readColumn(
  open: { compound: MassHunterCompound; known: boolean },
  column: string,
  index: number,
  header: MassHunterHeader,
): void {
  const { compound } = open;
  if (FINAL.test(column) || (CALCULATED.test(column) && !open.known)) {
    compound.concentration = index; // the final concentration counts the dilution; the calculated one does not
    if (!open.known) header.compounds.push(compound);
    open.known = true;
  } else if (/^MI$/.test(column)) compound.manual = index;
  else if (R2.test(column)) compound.method.calibrationR2 = index;
  else if (EXPECTED.test(column)) compound.method.spiked = index;
  else for (const name of Object.keys(PEAK) as PeakColumn[]) if (PEAK[name].test(column)) compound.peak[name] ??= index;
}

/** Whether the batch has a deuterated standard of the compound's own, and where its response stands; unknown where a name tells nothing. */
function matchStandard(compound: MassHunterCompound, standards: readonly { name: string; response?: number }[]): void {
  if (!compound.analyte || standards.length === 0) return;
  const analytes = standards.map(({ name }) => resolveCompound(name.replace(LABEL, "").replace(LABEL_BEFORE, "")));
  const own = analytes.indexOf(compound.analyte);
  if (own >= 0) {
    compound.ownInternalStandard = true;
    const { response } = standards[own]!;
    if (response !== undefined) compound.peak.standardResponse ??= response;
  } else if (analytes.every((analyte) => analyte !== undefined)) compound.ownInternalStandard = false;
}

/** The isotopes behind a standard's name, as in -d5, D9 and -13C6, or before it, as in d5-. */
const LABEL_BEFORE = /^d\d{1,2}[\s_-]+/i;
const LABEL = /[\s_-]*(?:d\d{1,2}|13c\d*(?:[\s_-]*15n\d*)?)$/i;

/** The mapping may name a compound that the registry calls otherwise: `{"METH Q1": {"analyte": "methamphetamine"}}`. */
function mappedAnalyte(name: string, { columns }: ColumnMapping): string | undefined {
  const mapped = columns[name];
  return typeof mapped === "object" ? resolveCompound(mapped.analyte) : resolveCompound(name);
}
