import { t } from "../language.ts";
import { ANALYTES, analyteChoices } from "../names.ts";
import { Select } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";

/** One of the substances that programmes measure, and whichever the address names. */
export function AnalyteChoice({ analyte }: { analyte: string }) {
  const [, change] = useQuery();
  return (
    <Select
      label={t("control.analyte")}
      value={analyte}
      choices={analyteChoices([...new Set([...ANALYTES, analyte])])}
      onChange={(value) => change({ analyte: value })}
    />
  );
}
