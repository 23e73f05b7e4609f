/** Adds title and unit, which stand beside the picture on the page, and puts the page's colours in, then hands it over as a file. */
export async function savePicture(svg: SVGSVGElement, title: string, subtitle: string, kind: "svg" | "png"): Promise<void> {
  const whole = standalone(svg, title, subtitle);
  const text = new XMLSerializer().serializeToString(whole);
  const blob = new Blob([text], { type: "image/svg+xml" });
  const name = title.replace(/[^\p{L}\p{N}]+/gu, "-");
  offer(
    kind === "svg" ? blob : await rasterise(blob, Number(whole.getAttribute("width")), Number(whole.getAttribute("height"))),
    `${name}.${kind}`,
  );
}

const HEAD_PX = 44;
const MARGIN_PX = 16;
/** Twice the size on screen: sharp in print. */
const PNG_SCALE = 2;

function standalone(svg: SVGSVGElement, title: string, subtitle: string): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  for (const [index, original] of originals.entries()) {
    const style = getComputedStyle(original);
    for (const attribute of ["fill", "stroke"])
      if (original.getAttribute(attribute)?.includes("var("))
        copies[index]!.setAttribute(attribute, style.getPropertyValue(attribute));
  }
  const [width, height] = [svg.width.baseVal.value, svg.height.baseVal.value];
  const page = getComputedStyle(svg);
  const outer = document.createElementNS(svg.namespaceURI, "svg") as SVGSVGElement;
  const size = { width: width + 2 * MARGIN_PX, height: height + HEAD_PX + MARGIN_PX };
  for (const [name, value] of Object.entries(size)) outer.setAttribute(name, String(value));
  outer.setAttribute("font-family", page.fontFamily);
  outer.setAttribute("color", page.color);
  const ground = element("rect", {
    width: size.width,
    height: size.height,
    fill: getComputedStyle(document.documentElement).getPropertyValue("--surface").trim(),
  });
  const head = element("text", { x: MARGIN_PX, y: 24, "font-size": 15, "font-weight": 600, fill: page.color }, title);
  const under = element("text", { x: MARGIN_PX, y: 41, "font-size": 11, fill: page.color }, subtitle);
  copy.setAttribute("x", String(MARGIN_PX));
  copy.setAttribute("y", String(HEAD_PX));
  outer.append(ground, head, under, copy);
  return outer;
}

function element(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

async function rasterise(svg: Blob, width: number, height: number): Promise<Blob> {
  const address = URL.createObjectURL(svg);
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = new OffscreenCanvas(width * PNG_SCALE, height * PNG_SCALE);
    canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/png" });
  } finally {
    URL.revokeObjectURL(address);
  }
}

function offer(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
