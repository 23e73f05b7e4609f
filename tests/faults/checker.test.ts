import { expect, it } from "vitest";
import type { IncomingMessage } from "../../store/log/log.ts";
import { compareMessages } from "./messages.ts";

// A checker that cannot fail proves nothing.
const message = (key: string, value: string): IncomingMessage => ({
  topic: "sampler-readings",
  partition: 0,
  offset: 0n,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: {},
  timestampMs: 0,
});
const [one, two] = [message("a", "0/1"), message("a", "0/2")];
const acknowledged = new Set(["0/1", "0/2"]);

it("a log that holds each message once, in order, has no faults", () =>
  expect(compareMessages([one, two], acknowledged)).toEqual({ missing: [], doubled: [], outOfOrder: [] }));
it("a lost message is found", () => expect(compareMessages([one], acknowledged).missing).toEqual(["0/2"]));
it("a doubled message is found", () => expect(compareMessages([one, two, one], acknowledged).doubled).toEqual(["0/1"]));
it("messages of one key in the wrong order are found", () =>
  expect(compareMessages([two, one], acknowledged).outOfOrder).toEqual(["a of 0: 1 after 2"]));
