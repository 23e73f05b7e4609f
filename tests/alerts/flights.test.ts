import { expect, it } from "vitest";
import { claimRoom, startFlights } from "../../alerts/flights.ts";

/** Flights whose landing the test decides. */
function flights() {
  const flying = startFlights();
  let number = 0;
  const launch = (endpointId: string) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    flying.launch({ deliveryId: `d-${number++}`, endpointId }, promise);
    return async (arrived: boolean) => {
      resolve(arrived);
      await promise;
      await Promise.resolve();
    };
  };
  /** Makes attempts one after another that all end alike. */
  const prove = async (endpointId: string, arrived: boolean) => launch(endpointId)(arrived);
  return { flying, launch, prove, full: () => claimRoom(flying)?.fullEndpoints.toSorted() };
}

it("an endpoint has one attempt at a time until one arrives, then four, and one again when it fails", async () => {
  const { launch, prove, full } = flights();
  expect(full()).toEqual([]);
  const first = launch("a");
  expect(full()).toEqual(["a"]);
  await first(true);
  for (let i = 0; i < 3; i++) launch("a");
  expect(full()).toEqual([]);
  const fourth = launch("a");
  expect(full()).toEqual(["a"]);
  await fourth(false);
  expect(full()).toEqual(["a"]); // three in flight are more than one
  await prove("b", false);
  launch("b");
  expect(full()).toEqual(["a", "b"]);
});

it("however many endpoints fail, half of what may be in flight is left to the others", async () => {
  const { flying, launch, prove, full } = flights();
  const failing = Array.from({ length: 100 }, (_, i) => `bad-${i}`);
  for (const each of failing) await prove(each, false);
  await prove("good", true);
  let launched = 0;
  for (const each of failing) {
    if (full()?.includes(each)) continue;
    launch(each);
    launched++;
  }
  expect(launched).toBe(32);
  expect(full()).toEqual(failing.toSorted()); // all are shut, those that wait too
  expect(full()).not.toContain("good");
  for (let i = 0; i < 32; i++) launch(`new-${i}`);
  expect([flying.aloft.size, full()]).toEqual([64, undefined]);
});

it("it is over when all have landed", async () => {
  const { flying, launch } = flights();
  const [one, two] = [launch("a"), launch("b")];
  let over = false;
  const landed = flying.landed().then(() => {
    over = true;
  });
  await one(true);
  expect(over).toBe(false);
  await two(false);
  await landed;
  expect([flying.aloft.size, flying.byEndpoint.size]).toEqual([0, 0]);
});
