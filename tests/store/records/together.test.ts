import { expect, it } from "vitest";
import { together } from "../../../store/records/together.ts";

/** A store that keeps what each call wrote, and refuses a call that holds something bad. */
function kept(itemsMax: number) {
  const calls: string[][] = [];
  const write = async (items: readonly string[]) => {
    await new Promise((resolve) => setImmediate(resolve));
    if (items.some((item) => item.startsWith("bad"))) throw new Error(`${items.join()} refused`);
    calls.push([...items]);
    return items.map((item) => item.toUpperCase());
  };
  return { calls, add: together(write, itemsMax) };
}

it("what comes while a call is under way goes with the next one, in the order it came, no more than fit", async () => {
  const { calls, add } = kept(3);
  const told = await Promise.all(["a", "b", "c", "d", "e"].map(add));
  expect(told).toEqual(["A", "B", "C", "D", "E"]);
  expect(calls).toEqual([["a"], ["b", "c", "d"], ["e"]]);
  await add("f");
  expect(calls.at(-1)).toEqual(["f"]);
});

it("one that is refused fails alone, and what comes after it is written", async () => {
  const { calls, add } = kept(10);
  const outcomes = await Promise.allSettled(["a", "b", "bad", "c"].map(add));
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(calls.flat().toSorted()).toEqual(["a", "b", "c"]);
  await expect(add("bad too")).rejects.toThrow("bad too refused");
  expect(await add("d")).toBe("D");
});
