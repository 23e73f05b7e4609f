/** Of the printed page: black on white, A4, nothing from outside. */
export const STYLE = `
@page { size: A4; margin: 16mm 14mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 760px; padding: 20px; color: #17222b; background: #fff;
  font: 14px/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 15px; margin: 24px 0 6px; border-bottom: 1px solid #b9c3ca; break-after: avoid; }
p { margin: 4px 0; } .small { font-size: 12px; color: #566470; }
.finding { font-size: 17px; line-height: 1.4; margin: 12px 0; }
.banner { border-left: 4px solid #b33d08; background: #fdeadf; padding: 6px 10px; }
table { border-collapse: collapse; width: 100%; font-size: 12.5px; } thead { display: table-header-group; }
th, td { text-align: left; vertical-align: top; padding: 3px 6px; border-bottom: 1px solid #dde3e7; } tr { break-inside: avoid; }
thead th { border-bottom: 1.5px solid #566470; font-weight: 600; } .when, thead th:first-child { white-space: nowrap; } .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
figure { margin: 8px 0; break-inside: avoid; } svg { max-width: 100%; height: auto; display: block; } svg text { font: 11px sans-serif; fill: #17222b; }
svg [aria-label="y-grid"] { stroke: #dde3e7; }
.for { color: #1b7a55; } .against { color: #b33d08; } .hash { font: 11px ui-monospace, monospace; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 14px; font-size: 12px; } .legend i { display: inline-block; width: 22px; height: 6px; margin-right: 5px; vertical-align: middle; }
* { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
@media print { body { padding: 0; max-width: none; } }
`;
