import type { NetworkCheck } from "../../schemas/network.ts";

export interface FlowLink {
  readonly from: number;
  readonly to: number;
}

/**
 * Orders nodes so that each comes after all it drains to. Sewage that could run in a circle is cut where it can also leave:
 * the links that only lead back are dropped and named in a check. Links out of the plant are dropped: it is the end.
 * @returns the order, and the indices of the links kept; linear in nodes and links
 */
export function flowOrder(
  n: number,
  links: readonly FlowLink[],
  plant: number,
  nameOf: (link: number) => string,
  checks: NetworkCheck[],
): { order: Int32Array; kept: Int32Array } {
  const outStart = new Int32Array(n + 1);
  const inStart = new Int32Array(n + 1);
  for (const { from, to } of links) {
    outStart[from + 1]!++;
    inStart[to + 1]!++;
  }
  for (let i = 0; i < n; i++) {
    outStart[i + 1]! += outStart[i]!;
    inStart[i + 1]! += inStart[i]!;
  }
  const outAt = new Int32Array(links.length);
  const inAt = new Int32Array(links.length);
  const outFill = outStart.slice(0, n);
  const inFill = inStart.slice(0, n);
  for (let link = 0; link < links.length; link++) {
    outAt[outFill[links[link]!.from]!++] = link;
    inAt[inFill[links[link]!.to]!++] = link;
  }

  const dropped = new Uint8Array(links.length);
  const waiting = new Int32Array(n);
  for (let i = 0; i < n; i++) waiting[i] = outStart[i + 1]! - outStart[i]!;
  const order = new Int32Array(n);
  const placed = new Uint8Array(n);
  let [read, write] = [0, 0];
  const place = (i: number) => {
    placed[i] = 1;
    order[write++] = i;
  };
  for (let k = outStart[plant]!; k < outStart[plant + 1]!; k++) dropped[outAt[k]!] = 1;
  place(plant);
  for (let i = 0; i < n; i++) if (waiting[i] === 0 && i !== plant) place(i);

  const halfway: number[] = []; // nodes of which one link already leads out
  let nextHalfway = 0;
  let scan = 0;
  const back: number[] = [];
  while (write < n || read < write) {
    if (read === write) {
      while (nextHalfway < halfway.length && placed[halfway[nextHalfway]!]) nextHalfway++;
      if (nextHalfway === halfway.length) while (placed[scan]) scan++;
      const cut = nextHalfway < halfway.length ? halfway[nextHalfway]! : scan;
      for (let k = outStart[cut]!; k < outStart[cut + 1]!; k++) {
        const link = outAt[k]!;
        if (placed[links[link]!.to] || dropped[link]) continue;
        dropped[link] = 1;
        back.push(link);
      }
      place(cut);
    }
    const i = order[read++]!;
    for (let k = inStart[i]!; k < inStart[i + 1]!; k++) {
      const link = inAt[k]!;
      const above = links[link]!.from;
      if (dropped[link] || placed[above]) continue;
      if (--waiting[above]! === 0) place(above);
      else halfway.push(above);
    }
  }
  if (back.length > 0) {
    const examples = back.slice(0, 5).map(nameOf);
    checks.push({
      code: "cycle",
      count: back.length,
      examples,
      found: "links by which sewage would run in a circle",
      assumed: "they carry nothing in dry weather",
    });
  }
  return { order, kept: Int32Array.from(links.keys()).filter((link) => !dropped[link]) };
}
