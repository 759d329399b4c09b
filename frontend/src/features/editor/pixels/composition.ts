import type { Edits, Shadow } from "../model";
import { longerSide, type Box, type Size } from "./geometry";

// The geometry of the finished picture, by the rules and in the units of the API
// (docs/decisions/0040-units-of-options.md). The tests of both read fixtures/composition/cases.json.
// Lengths are in pixels of the picture that is drawn on; `scale` is the number of them in one pixel of the
// full-size picture.

/** The largest margin, in pixels of the full-size picture. */
const MAX_MARGIN = 500;
/** Beyond this many deviations, a blur is invisible. */
const VISIBLE_DEVIATIONS = 2;

/** A shadow in pixels: its offset, and the standard deviation of its blur. */
export type PlacedShadow = { opacity: number; blur: number; dx: number; dy: number };

/** A share of a length, in percent. The order of operations is the server's, so that both round alike. */
function percent(share: number, whole: number): number {
  return (whole * share) / 100;
}

/**
 * The frame of a cropped picture: the subject, its margin, and room for its shadow. It may go beyond the
 * picture.
 */
export function cropFrame(
  subject: Box,
  { margin }: NonNullable<Edits["crop"]>,
  shadow: Shadow | null,
  scale: number,
): Box {
  const space = (side: number) =>
    Math.round(Math.max(0, Math.min(percent(margin, side), side / 2, MAX_MARGIN * scale)));
  const [across, down] = [space(subject.width), space(subject.height)];
  const reach = shadow ? shadowReach(shadow, subject) : { top: 0, right: 0, bottom: 0, left: 0 };
  const left = Math.max(across, reach.left);
  const top = Math.max(down, reach.top);
  return {
    x: subject.x - left,
    y: subject.y - top,
    width: left + subject.width + Math.max(across, reach.right),
    height: top + subject.height + Math.max(down, reach.bottom),
  };
}

/** The shadow of a subject. Its offset is in whole pixels. */
export function placedShadow({ opacity, blur, dx, dy }: Shadow, subject: Size): PlacedShadow {
  const side = longerSide(subject);
  const whole = (share: number) => {
    const length = percent(share, side);
    // As Rust rounds: a half away from zero.
    return Math.sign(length) * Math.round(Math.abs(length)) || 0;
  };
  return { opacity: opacity / 100, blur: percent(blur, side), dx: whole(dx), dy: whole(dy) };
}

/** The standard deviation of a blurred background. */
export function backgroundBlur(radius: number, picture: Size): number {
  return percent(radius, longerSide(picture));
}

/** The reach of a shadow beyond its subject on each side. */
function shadowReach({ blur, dx, dy }: Shadow, subject: Size) {
  const side = longerSide(subject);
  const soft = VISIBLE_DEVIATIONS * percent(blur, side);
  const [x, y] = [percent(dx, side), percent(dy, side)];
  const pixels = (length: number) => Math.max(0, Math.ceil(length));
  return { top: pixels(soft - y), right: pixels(soft + x), bottom: pixels(soft + y), left: pixels(soft - x) };
}
