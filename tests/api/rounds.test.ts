import { expect, it } from "vitest";
import { rounds } from "../../api/rounds.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A store with one value, which answers when it is let. */
function slowStore() {
  const held: (() => void)[] = [];
  const store = { value: 1, asked: [] as string[] };
  const read = rounds(async (question: string) => {
    store.asked.push(question);
    const { value } = store; // as a database does: what stood when the question came to it
    await new Promise<void>((resolve) => held.push(resolve));
    if (question === "broken") throw new Error("away");
    return value;
  });
  const untilAsked = async (times: number) => {
    while (store.asked.length < times) await turn();
  };
  /** When so many questions have come in all. */
  const answerAll = async (times: number) => {
    await untilAsked(times);
    for (const resolve of held.splice(0)) resolve();
  };
  return { store, read, untilAsked, answerAll };
}

it("equal questions of one moment are asked once, others for themselves", async () => {
  const { store, read, answerAll } = slowStore();
  const answers = Promise.all([read("a"), read("a"), read("b")]);
  await answerAll(2);
  expect(await answers).toEqual([1, 1, 1]);
  expect(store.asked).toEqual(["a", "b"]);
});

it("who asks after a write is told what was written, though an equal question from before is still under way", async () => {
  const { store, read, untilAsked, answerAll } = slowStore();
  const before = read("a");
  await untilAsked(1);
  store.value = 2;
  const after = [read("a"), read("a")];
  await answerAll(1);
  expect(await before).toBe(1);
  await answerAll(2);
  expect(await Promise.all(after)).toEqual([2, 2]);
  expect(store.asked).toEqual(["a", "a"]);
});

it("a failure is everybody's of its round, and nobody's after", async () => {
  const { read, answerAll, store } = slowStore();
  const outcomes = Promise.allSettled([read("broken"), read("broken")]);
  await answerAll(1);
  expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  const again = read("broken");
  again.catch(() => undefined);
  await answerAll(2);
  await expect(again).rejects.toThrow("away");
  expect(store.asked).toHaveLength(2);
});
