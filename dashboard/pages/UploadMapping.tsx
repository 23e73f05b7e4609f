import { useState } from "preact/hooks";
import type { UploadAnswer } from "../../schemas/upload.ts";
import { api, type ColumnMapping, type MappingField } from "../api.ts";
import { language, t, tData } from "../language.ts";
import { useLoaded } from "../loaded.ts";
import { substanceChoices } from "../names.ts";

/** Forms whose columns the laboratory may say the meaning of; the others are the instrument's or the agency's. */
const MAPPED = new Set<string | null>(["long", "wide", null]);
/** Exports that leave out what is the same in every row, such as the unit. */
const INCOMPLETE = new Set<string | null>(["massHunter", "skyline"]);

/** How the file was read: its form and, column by column, what each was taken for; to be corrected and checked again. */
export function UploadMapping(props: { answer: UploadAnswer; busy: boolean; onCheck: (mapping: ColumnMapping) => void }) {
  const { format, mappingFrom, header } = props.answer;
  const read = format === null ? t("uploads.formUnknown") : tData("uploadFormat", format);
  const isMapped = MAPPED.has(format);
  const how = mappingFrom === null || !(isMapped || INCOMPLETE.has(format)) ? "" : ` · ${t(`uploads.mapping.${mappingFrom}`)}`;
  const told = `${t("uploads.form")}: ${read}${how}`;
  if (!header || !(isMapped || INCOMPLETE.has(format))) return <p class="muted">{told}</p>;
  const columns = isMapped ? header.columns : [];
  const isOpen = isMapped ? columns.some(({ as }) => as === null) : props.answer.verdict === "rejected";
  return (
    <details class="upload-mapping" open={isOpen}>
      <summary>{told}</summary>
      <Columns {...props} columns={columns} />
    </details>
  );
}

function Columns(props: {
  answer: UploadAnswer;
  busy: boolean;
  columns: NonNullable<UploadAnswer["header"]>["columns"];
  onCheck: (mapping: ColumnMapping) => void;
}) {
  const given = (props.answer.mapping ?? {}) as ColumnMapping;
  const [meanings, setMeanings] = useState<Record<string, string>>(() =>
    Object.fromEntries(props.columns.map(({ header, as }) => [header, as ?? ""])),
  );
  const [constants, setConstants] = useState<Record<string, string>>(given.constants ?? {});
  const [decimal, setDecimal] = useState<NonNullable<ColumnMapping["decimal"]> | "">(given.decimal ?? "");
  const [dateOrder, setDateOrder] = useState<NonNullable<ColumnMapping["dateOrder"]> | "">(given.dateOrder ?? "");
  const fields = useLoaded("mapping fields", (signal) => api.mappingFields(signal));
  if (fields.kind !== "full") return null;
  const check = () =>
    props.onCheck({
      ...given,
      columns: { ...given.columns, ...columnsOf(meanings) },
      constants: Object.fromEntries(Object.entries(constants).filter(([, text]) => text.trim() !== "")),
      decimal: decimal || undefined,
      dateOrder: dateOrder || undefined,
    });
  return (
    <>
      <table class="plain" hidden={props.columns.length === 0}>
        <thead>
          <tr>
            <th scope="col">{t("uploads.column")}</th>
            <th scope="col">{t("uploads.cells")}</th>
            <th scope="col">{t("uploads.means")}</th>
          </tr>
        </thead>
        <tbody>
          {props.columns.map(({ header, samples }) => (
            <tr key={header}>
              <th scope="row">{header}</th>
              <td class="muted">{samples.join(" · ")}</td>
              <td>
                <Meaning
                  label={t("uploads.meansOf", { column: header })}
                  value={meanings[header] ?? ""}
                  fields={fields.value}
                  onChange={(value) => setMeanings({ ...meanings, [header]: value })}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <fieldset class="controls">
        <legend class="small">{t("uploads.constants")}</legend>
        {CONSTANTS.map((name) => (
          <label key={name} class="select">
            <span class="select-label">{fieldName(fields.value, name)}</span>
            <input
              value={constants[name] ?? ""}
              onInput={(event) => setConstants({ ...constants, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <label class="select">
          <span class="select-label">{t("uploads.decimal")}</span>
          <select value={decimal} onChange={(event) => setDecimal(event.currentTarget.value as typeof decimal)}>
            <option value="">{t("uploads.asShown")}</option>
            <option value=".">1.5</option>
            <option value=",">1,5</option>
          </select>
        </label>
        <label class="select">
          <span class="select-label">{t("uploads.dateOrder")}</span>
          <select value={dateOrder} onChange={(event) => setDateOrder(event.currentTarget.value as typeof dateOrder)}>
            <option value="">{t("uploads.asShown")}</option>
            <option value="dmy">31/12/2026</option>
            <option value="mdy">12/31/2026</option>
          </select>
        </label>
      </fieldset>
      <p class="actions">
        <button type="button" class="button" disabled={props.busy} onClick={check}>
          {t("uploads.checkAgain")}
        </button>
        <span class="muted small">{t("uploads.remembered")}</span>
      </p>
    </>
  );
}

/** What laboratories leave out of their tables because it never changes. */
const CONSTANTS = ["unit", "method", "siteId", "loq"] as const;

const fieldName = (fields: readonly MappingField[], name: string) =>
  fields.find(({ field }) => field === name)?.[language.value] ?? name;

function Meaning(props: { label: string; value: string; fields: readonly MappingField[]; onChange: (value: string) => void }) {
  const analytes = substanceChoices();
  const isKnown =
    props.value === "" ||
    props.value === "ignore" ||
    props.fields.some(({ field }) => field === props.value) ||
    analytes.some(({ value }) => value === props.value);
  return (
    <select aria-label={props.label} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
      <option value="">{t("uploads.notKnown")}</option>
      <option value="ignore">{t("uploads.notRead")}</option>
      {!isKnown && <option value={props.value}>{props.value}</option>}
      <optgroup label={t("uploads.fields")}>
        {props.fields.map((each) => (
          <option key={each.field} value={each.field}>
            {each[language.value]}
          </option>
        ))}
      </optgroup>
      <optgroup label={t("uploads.substances")}>
        {analytes.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </optgroup>
    </select>
  );
}

const COMPANION = /^(.+) (lod|loq|uncertainty|censoring)$/;

/** `cocaine loq` is what stands beside a substance; a field or `ignore` is itself. */
function columnsOf(meanings: Record<string, string>): ColumnMapping["columns"] {
  const isSubstance = new Set(substanceChoices().map(({ value }) => value));
  const entries = Object.entries(meanings).flatMap(([header, as]) => {
    if (as === "") return [];
    if (isSubstance.has(as)) return [[header, { analyte: as, of: "value" }] as const];
    const [, analyte, of] = COMPANION.exec(as) ?? [];
    return [[header, analyte ? { analyte, of } : as] as const];
  });
  return Object.fromEntries(entries) as ColumnMapping["columns"];
}
