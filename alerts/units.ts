import type { Network } from "../schemas/network.ts";

/** A sewer parted into connected areas, each with enough people behind it that naming it names nobody. */
export interface Units {
  /** The area of each node, by the node at its lower end. */
  unitOf: ReadonlyMap<string, string>;
  people: ReadonlyMap<string, number>;
}

/**
 * Parts a sewer from its ends downstream: an area is closed as soon as enough people drain into it; what is left at the plant joins
 * the smallest area beside it. Where populations are unknown nobody is counted, and the areas are larger, in the end all of it.
 * @param peopleMin people an area has at least, unless the whole sewer has fewer
 */
export function publishedUnits({ nodes, links, plant }: Network, peopleMin: number): Units {
  const upstream = Map.groupBy(links, ({ to }) => to);
  const down = new Map<string, string | null>([[plant, null]]);
  const order = [plant];
  for (const node of order) {
    for (const { from } of upstream.get(node) ?? []) {
      if (down.has(from)) continue;
      down.set(from, node);
      order.push(from);
    }
  }
  const population = new Map(nodes.map(({ id, population: people = 0 }) => [id, people]));
  const gathered = new Map(population);
  const heads = new Set<string>();
  for (const node of order.toReversed()) {
    const people = gathered.get(node) ?? 0;
    const below = down.get(node);
    if (people >= peopleMin || below === null) heads.add(node);
    else if (below !== undefined) gathered.set(below, (gathered.get(below) ?? 0) + people);
  }
  const unitOf = new Map<string, string>();
  for (const node of order) unitOf.set(node, heads.has(node) ? node : (unitOf.get(down.get(node) as string) as string));
  const people = new Map([...heads].map((head) => [head, gathered.get(head) ?? 0]));
  const rest = people.get(plant) ?? 0;
  if (rest < peopleMin && heads.size > 1) {
    const beside = [...heads].filter((head) => head !== plant && unitOf.get(down.get(head) as string) === plant);
    const smallest = beside.reduce((a, b) => ((people.get(b) as number) < (people.get(a) as number) ? b : a));
    for (const [node, head] of unitOf) if (head === smallest) unitOf.set(node, plant);
    people.set(plant, rest + (people.get(smallest) as number));
    people.delete(smallest);
  }
  for (const { id } of nodes) if (!unitOf.has(id)) unitOf.set(id, plant); // not joined to the plant: nobody knows where it drains
  const apart = nodes.filter(({ id }) => !down.has(id)).reduce((sum, { id }) => sum + (population.get(id) as number), 0);
  people.set(plant, (people.get(plant) as number) + apart);
  return { unitOf, people };
}
