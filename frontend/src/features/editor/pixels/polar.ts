/** How far and where to something goes: `angle` in whole degrees, clockwise from upwards, 0 to 359. */
export function toPolar({ dx, dy }: { dx: number; dy: number }): { distance: number; angle: number } {
  const angle = Math.round((Math.atan2(dx, -dy) * 180) / Math.PI);
  return { distance: Math.hypot(dx, dy), angle: (angle + 360) % 360 };
}

/** The way back. */
export function fromPolar(distance: number, angle: number): { dx: number; dy: number } {
  const radians = (angle * Math.PI) / 180;
  return { dx: distance * Math.sin(radians), dy: -distance * Math.cos(radians) };
}
