import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const folder = new URL("../../schemas/reference/data/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".csv"));
const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(new URL(name, folder)))
    .digest("hex");

it("the published files are as they came, and the README says of each what it is, whence, and under which licence", () => {
  const sums = readFileSync(new URL("SHA256SUMS", folder), "utf8").trim().split("\n");
  expect(sums).toEqual(files.toSorted().map((name) => `${sha256(name)}  ${name}`));
  const readme = readFileSync(new URL("README.md", folder), "utf8");
  for (const name of files) expect(readme).toMatch(new RegExp(`^\\| \`${name}\` \\|[^|]+\\|[^|]+\\|[^|]+\\|$`, "m"));
});
