/** Nodes a cell of the search grid, on average. */
const PER_CELL = 2;

/**
 * The `count` nearest allowed neighbours of each seeker, all pairs sorted by distance: a square grid searched ring by ring.
 * @param allowed whether b may be a neighbour of a
 */
export function nearestNodes(
  nodes: readonly { x: number; y: number }[],
  seekers: readonly number[],
  count: number,
  allowed: (a: number, b: number) => boolean,
): { from: number; to: number; distance: number }[] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y } of nodes) {
    [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
  }
  const area = Math.max(east - west, 1e-9) * Math.max(north - south, 1e-9);
  const cell = Math.max(Math.sqrt((area * PER_CELL) / nodes.length), (east - west) / 4000, (north - south) / 4000, 1e-9);
  const [columns, rows] = [Math.floor((east - west) / cell) + 1, Math.floor((north - south) / cell) + 1];
  const cellOf = ({ x, y }: { x: number; y: number }) => Math.floor((y - south) / cell) * columns + Math.floor((x - west) / cell);
  const start = new Int32Array(columns * rows + 1);
  for (const node of nodes) start[cellOf(node) + 1]!++;
  for (let i = 0; i < columns * rows; i++) start[i + 1]! += start[i]!;
  const fill = start.slice(0, -1);
  const member = new Int32Array(nodes.length);
  for (const [i, node] of nodes.entries()) member[fill[cellOf(node)]!++] = i;

  const pairs: { from: number; to: number; distance: number }[] = [];
  for (const from of seekers) {
    const { x, y } = nodes[from]!;
    const [column, row] = [Math.floor((x - west) / cell), Math.floor((y - south) / cell)];
    let found: { from: number; to: number; distance: number }[] = [];
    for (let ring = 0; ring <= Math.max(columns, rows); ring++) {
      if (found.length >= count && found[count - 1]!.distance < (ring - 1) * cell) break;
      for (let r = Math.max(0, row - ring); r <= Math.min(rows - 1, row + ring); r++) {
        const whole = Math.abs(r - row) === ring;
        for (let c = column - ring; c <= column + ring; c += whole || ring === 0 ? 1 : 2 * ring) {
          if (c < 0 || c >= columns) continue;
          for (let k = start[r * columns + c]!; k < start[r * columns + c + 1]!; k++) {
            const to = member[k]!;
            if (to === from || !allowed(from, to)) continue;
            found.push({ from, to, distance: Math.hypot(nodes[to]!.x - x, nodes[to]!.y - y) });
          }
        }
      }
      found = found.sort((a, b) => a.distance - b.distance).slice(0, count);
    }
    pairs.push(...found);
  }
  return pairs.sort((a, b) => a.distance - b.distance);
}
