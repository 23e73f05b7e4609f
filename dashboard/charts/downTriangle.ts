interface Path {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
}

/** d3's triangle points up and its area is centred; this one points down, at the limit the value lies below. */
export const downTriangle = {
  draw(context: Path, size: number) {
    const half = Math.sqrt(size) * 0.82;
    context.moveTo(0, half);
    context.lineTo(-half, -half * 0.75);
    context.lineTo(half, -half * 0.75);
    context.closePath();
  },
};
