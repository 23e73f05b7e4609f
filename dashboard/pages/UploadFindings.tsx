import type { UploadAnswer, UploadFinding, UploadProblem } from "../../schemas/upload.ts";
import { formatNumber } from "../format.ts";
import { language, t, tData } from "../language.ts";

/** Rows of the grid; what is wrong with the others is in the findings and in the file of rejected rows. */
const ROWS_SHOWN = 100;
const VALUES_SHOWN = 5;

/** First what is wrong, rule by rule with exact counts; then where, cell by cell, and nothing but the bad cells. */
export function UploadFindings({ answer: { findings, problems, leftOut } }: { answer: UploadAnswer }) {
  if (findings.length === 0) return null;
  return (
    <>
      <h3>{t("uploads.findings")}</h3>
      <ul class="upload-findings">
        {findings.map((finding) => (
          <FindingLine key={`${finding.code} ${finding.column} ${finding.severity}`} finding={finding} />
        ))}
      </ul>
      <BadCells problems={problems} />
      {leftOut.problems > 0 && <p class="muted small">{t("uploads.moreProblems", { more: formatNumber(leftOut.problems) })}</p>}
    </>
  );
}

function FindingLine({ finding }: { finding: UploadFinding }) {
  const { code, severity, column, count, rows, values, expected, mend } = finding;
  const told = tData("finding", code);
  const what = mendOf(code);
  const shown = values.slice(0, VALUES_SHOWN).join(", ");
  return (
    <li class={severity}>
      <strong>
        <span class="badge">{t(`severity.${severity}`)}</span> {told}
      </strong>{" "}
      <span>
        {column && `${column} · `}
        {t("uploads.times", { count: formatNumber(count) })}
        {rows.length > 0 && ` · ${t("uploads.inRows", { rows: rows.slice(0, VALUES_SHOWN).join(", ") })}`}
      </span>
      <p class="muted small">
        {t("refusal.found")}: {shown}
        {values.length > VALUES_SHOWN && " …"} · {what ?? `${t("refusal.expected")}: ${expected} · ${mend}`} · <code>{code}</code>
      </p>
    </li>
  );
}

/** What to do about a rule's finding, in the reader's language; undefined for a rule that has no words of its own. */
function mendOf(code: string): string | undefined {
  const told = tData("findingMend", code);
  return told === code ? undefined : told;
}

/** Rows and columns that have something wrong in them, and of these only the cells that are. */
function BadCells({ problems }: { problems: readonly UploadProblem[] }) {
  const placed = problems.filter(({ where }) => where.row !== undefined);
  if (placed.length === 0) return null;
  const columnOf = ({ column, where }: UploadProblem) => column ?? where.cell?.replace(/\d+$/, "") ?? t("uploads.wholeRow");
  const columns = [...new Set(placed.map(columnOf))];
  const byRow = [...Map.groupBy(placed, ({ where }) => `${where.sheet ?? ""}!${where.row}`).values()];
  return (
    <div class="scroll">
      <table class="plain bad-cells">
        <caption>{t("uploads.badCells")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("uploads.row")}</th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {byRow.slice(0, ROWS_SHOWN).map((ofRow) => {
            const { where } = ofRow[0]!;
            return (
              <tr key={`${where.sheet} ${where.row}`}>
                <th scope="row">{[where.sheet, where.row].filter(Boolean).join(" ")}</th>
                {columns.map((column) => (
                  <BadCell key={column} problems={ofRow.filter((problem) => columnOf(problem) === column)} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {byRow.length > ROWS_SHOWN && (
        <p class="muted small">{t("uploads.moreRows", { more: formatNumber(byRow.length - ROWS_SHOWN) })}</p>
      )}
    </div>
  );
}

function BadCell({ problems }: { problems: readonly UploadProblem[] }) {
  const [first] = problems;
  if (!first) return <td />;
  const severity = problems.some((problem) => problem.severity === "error") ? "error" : "warning";
  return (
    <td class={severity} data-cell={first.where.cell}>
      <span class="found">{first.found}</span>
      {problems.map(({ code, expected }) => (
        <span key={code} class="expected">
          {language.value === "en" ? t("uploads.expected", { expected }) : (mendOf(code) ?? t("uploads.expected", { expected }))}
        </span>
      ))}
    </td>
  );
}
