import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DelimitedError,
  type Delimiter,
  delimitedParser,
  detectDelimiter,
  RECORD_CHARS_MAX,
} from "../../../ingest/files/delimited.ts";

function rowsOf(text: string, delimiter: Delimiter = ",", chunk = text.length || 1): string[][] {
  const rows: string[][] = [];
  const parser = delimitedParser(delimiter, ({ row, cells }) => {
    expect(row).toBe(rows.length + 1);
    rows.push(cells);
  });
  for (let at = 0; at < text.length; at += chunk) parser.write(text.slice(at, at + chunk));
  parser.end();
  return rows;
}

const cell = fc.string({ unit: fc.constantFrom("a", "1", "氯", '"', ",", ";", "\n", "\r", " ", "."), maxLength: 6 });
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }));

it("agrees with csv-parse on quoted tables, however the text is cut into chunks", () =>
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), fc.integer({ min: 1, max: 9 }), fc.boolean(), (rows, end, chunk, last) => {
      const text = rows.map((cells) => cells.map(quote).join(",")).join(end) + (last ? end : "");
      expect(rowsOf(text, ",", chunk)).toEqual(parse(text, { relax_column_count: true }));
    }),
  ));

it("does not depend on how any text is cut into chunks", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "1", '"', ",", "\n", "\r", " "), maxLength: 40 });
  const outcome = (written: string, chunk: number) => {
    try {
      return rowsOf(written, ",", chunk);
    } catch (error) {
      return (error as DelimitedError).code;
    }
  };
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 7 }), (written, chunk) => {
      expect(outcome(written, chunk)).toEqual(outcome(written, 1000));
    }),
  );
});

describe("rows", () => {
  it("end at LF, CR LF or CR", () => {
    for (const end of ["\n", "\r\n", "\r"])
      expect(rowsOf(`a,b${end}c,d${end}`)).toEqual([
        ["a", "b"],
        ["c", "d"],
      ]);
  });
  it("are counted where blank, as in a spreadsheet", () => expect(rowsOf("a\n\nb")).toEqual([["a"], [""], ["b"]]));
  it("keep a quote inside an unquoted field", () => expect(rowsOf('5" pipe,b')).toEqual([['5" pipe', "b"]]));
});

it("names the row of a quote that is never closed", () => {
  expect(() => rowsOf('a,b\nc,"d\ne,f\n')).toThrow(expect.objectContaining({ code: "quote_unclosed", row: 2 }));
});
it("stops a quote that would swallow the file", () => {
  const parser = delimitedParser(",", () => undefined);
  const swallow = () => {
    parser.write('"');
    for (let i = 0; i <= RECORD_CHARS_MAX / 50_000; i++) parser.write("x".repeat(50_000));
  };
  expect(swallow).toThrow(expect.objectContaining({ code: "record_too_long" }));
});
it("stops at more columns than any table has", () => expect(() => rowsOf(",".repeat(600))).toThrow(DelimitedError));

describe("the delimiter", () => {
  it.each([
    ["a,b,c\n1,2,3\n", ","],
    ["a;b;c\n1,5;2,5;3,5\n", ";"],
    ["a\tb\n1,5\t2,5\n", "\t"],
    ["title\n\na;b;c;d\n1;2;3;4\n5;6;7;8\n", ";"],
    ['"x;y;z",b\n"p;q;r",d\n', ","],
    ["sep=;\na,b;c\n", ";"],
  ])("of %j is %j", (text, delimiter) => expect(detectDelimiter(text)).toBe(delimiter));
});
