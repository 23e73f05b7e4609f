import { t } from "../language.ts";
import { Segmented } from "../parts/controls.tsx";
import { useQuery } from "../parts/query.ts";
import { WINDOWS, type Window } from "./window.ts";

/** How much of the time before the newest value is shown; none is chosen while the address names its days. */
export function WindowChoice() {
  const [query, change] = useQuery();
  return (
    <Segmented
      label={t("control.window")}
      name="window"
      value={(query["from"] ? "" : (query["window"] ?? "1y")) as Window}
      choices={WINDOWS.map((value) => ({ value, label: t(`window.${value}`) }))}
      onChange={(window) => change({ window, from: undefined, to: undefined })}
    />
  );
}
