import {
  useEffect,
  useEffectEvent,
  useId,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
} from "react";
import { useTranslation } from "react-i18next";

import { classNames } from "@/lib/class-names";

import type { Edits } from "../model";
import { longerSide, type Box, type Point } from "../pixels/geometry";
import { withStroke } from "../pixels/history";
import type { Layers } from "../pixels/layers";
import { frameOf } from "../pixels/render";
import { boxInView, toView } from "../pixels/viewport";
import { Painter, type Scene } from "./painter";
import { SplitHandle } from "./split-handle";
import { StageBar } from "./stage-bar";
import { useTools } from "./tools";
import { useBackdrop } from "./use-backdrop";
import { useGestures } from "./use-gestures";
import { useViewSize, type ViewSize } from "./use-view-size";
import { useZoom } from "./use-zoom";

type Props = {
  name: string;
  layers: Layers;
  edits: Edits;
  onEdits: (edits: Edits) => void;
  onError: (error: unknown) => void;
};

/** The result, and the bar under it. */
export function Stage(props: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useViewSize(box);
  return (
    <div className="relative h-full">
      <div ref={box} className="absolute inset-x-0 top-0 bottom-14">
        {view && <View {...props} view={view} />}
      </div>
    </div>
  );
}

const PAN_STEP = 48;
const BRUSH_STEPS = { fine: 0.005, normal: 0.02, coarse: 0.08 };
const ARROWS: Record<string, readonly [dx: number, dy: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function View({ name, layers, edits, onEdits, onError, view }: Props & { view: ViewSize }) {
  const { t } = useTranslation("editor");
  const help = useId();
  const { panel, tool, size, softness } = useTools();
  const [split, setSplit] = useState<number | null>(null);
  const [original, setOriginal] = useState(false);
  const [subject, setSubject] = useState<Box | null>(null);
  /** Where the keyboard's brush is, in pixels of the picture; null while the mouse has it. */
  const [cursor, setCursor] = useState<Point | null>(null);
  const [said, setSaid] = useState("");
  const stage = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const ring = useRef<HTMLDivElement>(null);
  const painter = useRef<Painter | null>(null);
  const space = useRef({ held: false, grabbed: false });

  // Choosing the brush ends the comparison.
  useEffect(() => {
    if (panel === "brush") {
      setSplit(null);
    }
  }, [panel, tool]);

  const paints = panel === "brush" && split === null && (tool === "remove" || layers.original !== null);
  // With the brush, the whole picture is shown: the cropped area may be the one to restore.
  const crops = edits.crop !== null && panel !== "brush";
  const frame = frameOf(layers, edits, crops ? subject : null);
  const zoom = useZoom(view, frame, layers.full.width / layers.width);
  const { viewport } = zoom;
  const backdrop = useBackdrop(edits.background, layers);
  const scene: Scene = {
    view,
    viewport,
    frame,
    backdrop,
    shadow: edits.shadow,
    split: original ? 1 : (split ?? 0),
  };

  const failed = useEffectEvent(onError);
  useLayoutEffect(() => {
    if (!canvas.current) {
      return;
    }
    const created = new Painter(layers, canvas.current);
    painter.current = created;
    return () => {
      created.dispose();
      painter.current = null;
    };
  }, [layers]);

  useLayoutEffect(() => {
    try {
      painter.current?.show(edits.strokes);
      setSubject((crops && painter.current?.subjectBox) || null);
    } catch (error) {
      failed(error);
    }
  }, [layers, edits.strokes, crops]);

  const redraw = () => {
    try {
      painter.current?.draw(scene);
    } catch (error) {
      onError(error);
    }
  };
  const draw = useEffectEvent(redraw);
  const { scale, x, y } = viewport;
  useLayoutEffect(
    () => draw(),
    // The parts of the scene: the scene itself is a new object each time.
    [
      layers,
      view,
      scale,
      x,
      y,
      frame.x,
      frame.y,
      frame.width,
      frame.height,
      backdrop,
      edits.shadow,
      edits.strokes,
      scene.split,
    ],
  );

  const inDevice = ({ x: left, y: top }: Point): Point => ({ x: left * view.ratio, y: top * view.ratio });
  const diameter = (size * longerSide(layers) * viewport.scale) / view.ratio;
  const showRing = (at: Point | null) => {
    if (ring.current) {
      ring.current.style.visibility = at ? "visible" : "hidden";
      ring.current.style.transform = at ? `translate(${at.x}px, ${at.y}px) translate(-50%, -50%)` : "";
    }
  };
  const cursorInView = (point: Point): Point => {
    const { x: left, y: top } = toView(viewport, point);
    return { x: left / view.ratio, y: top / view.ratio };
  };
  const placeCursor = useEffectEvent(() => showRing(paints && cursor ? cursorInView(cursor) : null));
  useLayoutEffect(() => placeCursor(), [paints, cursor, scale, x, y, view]);

  const begin = (at: Point) => {
    try {
      painter.current?.begin(scene, { tool, size, softness });
      painter.current?.extend([at]);
    } catch (error) {
      onError(error);
    }
  };
  const finish = () => {
    const stroke = painter.current?.end();
    if (stroke) {
      onEdits(withStroke(edits, stroke));
      setSaid(t(stroke.tool === "keep" ? "workbench.brush.kept" : "workbench.brush.removed"));
    } else {
      redraw();
    }
  };
  const giveUp = () => {
    painter.current?.cancel();
    redraw();
  };

  const gestures = useGestures(stage, {
    paints,
    grabs: () => {
      space.current.grabbed = space.current.held;
      return space.current.held;
    },
    paintStart: (at) => begin(inDevice(at)),
    paint: (points) => painter.current?.extend(points.map(inDevice)),
    paintEnd: finish,
    paintCancel: giveUp,
    pan: (dx, dy) => zoom.pan(dx * view.ratio, dy * view.ratio),
    zoom: (factor, at) => !painter.current?.painting && zoom.by(factor, inDevice(at)),
    hover: (at) => {
      if (at && cursor) {
        setCursor(null);
      }
      if (at || !cursor) {
        showRing(paints ? at : null);
      }
    },
  });

  const tellPlace = useEffectEvent((point: Point) =>
    setSaid(
      t("workbench.brush.place", {
        across: Math.round((point.x / layers.width) * 100),
        down: Math.round((point.y / layers.height) * 100),
      }),
    ),
  );
  // Only the final position of the cursor is announced.
  useEffect(() => {
    if (cursor) {
      const timer = setTimeout(() => tellPlace(cursor), 400);
      return () => clearTimeout(timer);
    }
  }, [cursor]);

  const moveCursor = ([dx, dy]: readonly [number, number], step: number) => {
    const from = cursor ?? { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 };
    const pixels = cursor ? step * longerSide(layers) : 0;
    const to = {
      x: Math.min(layers.width, Math.max(0, from.x + dx * pixels)),
      y: Math.min(layers.height, Math.max(0, from.y + dy * pixels)),
    };
    setCursor(to);
    const seen = toView(viewport, to);
    if (painter.current?.painting) {
      // The view stays where it is while something is painted in it.
      painter.current.extend([seen]);
    } else if (!zoom.fits) {
      const out = (place: number, room: number) => Math.max(0, -place) - Math.max(0, place - room);
      zoom.pan(out(seen.x, view.width), out(seen.y, view.height));
    }
  };

  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const arrow = ARROWS[event.key];
    if (arrow && paints) {
      moveCursor(arrow, event.shiftKey ? BRUSH_STEPS.coarse : BRUSH_STEPS.normal);
    } else if (arrow && !zoom.fits) {
      zoom.pan(-arrow[0] * PAN_STEP * view.ratio, -arrow[1] * PAN_STEP * view.ratio);
    } else if (event.key === " ") {
      if (!event.repeat) {
        space.current = { held: true, grabbed: false };
        if (paints && cursor) {
          begin(toView(viewport, cursor));
        }
      }
    } else if (event.key === "Enter" && paints) {
      if (cursor) {
        begin(toView(viewport, cursor));
        finish();
      } else {
        moveCursor([0, 0], 0);
      }
    } else if (event.key === "Escape" && painter.current?.painting) {
      giveUp();
    } else if (event.key === "+" || event.key === "=") {
      zoom.by(1.25);
    } else if (event.key === "-") {
      zoom.by(0.8);
    } else if (event.key === "0") {
      zoom.fit();
    } else if (event.key === "1") {
      zoom.actual();
    } else {
      return;
    }
    event.preventDefault();
  };
  const letGo = (event: KeyboardEvent) => {
    if (event.key === " ") {
      space.current.held = false;
      if (cursor && painter.current?.painting) {
        finish();
      }
    }
  };

  const inCss = (box: Box): Box => ({
    x: box.x / view.ratio,
    y: box.y / view.ratio,
    width: box.width / view.ratio,
    height: box.height / view.ratio,
  });
  const shown = inCss(boxInView(viewport, frame));
  return (
    <div className="absolute inset-0">
      <div
        ref={stage}
        role="application"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- an application needs the keyboard
        tabIndex={0}
        aria-label={t("workbench.stage.label", { name })}
        aria-describedby={help}
        data-testid="stage"
        data-strokes={edits.strokes.length}
        {...gestures}
        onKeyDown={press}
        onKeyUp={letGo}
        onBlur={() => {
          space.current.held = false;
          setCursor(null);
        }}
        className={classNames(
          "absolute inset-0 overflow-hidden select-none focus-visible:-outline-offset-2",
          paints
            ? "cursor-none touch-none"
            : zoom.fits
              ? "touch-pan-y"
              : "cursor-grab touch-none active:cursor-grabbing",
        )}
      >
        <div
          className="checkerboard absolute top-0 left-0 shadow-sm"
          style={{
            width: shown.width,
            height: shown.height,
            transform: `translate(${shown.x}px, ${shown.y}px)`,
          }}
        />
        <canvas ref={canvas} aria-hidden className="absolute inset-0 size-full" />
        <div
          ref={ring}
          aria-hidden
          className="pointer-events-none absolute top-0 left-0 rounded-full border border-white shadow-[0_0_0_1px_rgb(0_0_0/0.7),inset_0_0_0_1px_rgb(0_0_0/0.7)]"
          style={{ width: diameter, height: diameter, visibility: "hidden" }}
        />
      </div>
      {split !== null && !original && (
        <SplitHandle frame={shown} stageWidth={view.width / view.ratio} split={split} onSplit={setSplit} />
      )}
      <p id={help} className="sr-only">
        {t(paints ? "workbench.stage.brushHelp" : "workbench.stage.help")}
      </p>
      <p role="status" className="sr-only">
        {said}
      </p>
      <StageBar
        zoom={zoom}
        hasOriginal={layers.original !== null}
        compares={split !== null}
        onCompare={(on) => setSplit(on ? 0.5 : null)}
        showsOriginal={original}
        onOriginal={setOriginal}
      />
    </div>
  );
}
