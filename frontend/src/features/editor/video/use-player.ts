import { useCallback, useEffect, useMemo, useRef, useState } from "react";

/** A player and the state of its controls. `at` and `length` in milliseconds. */
export function usePlayer() {
  const element = useRef<HTMLVideoElement>(null);
  const [playing, setPlaying] = useState(false);
  const [muted, setMuted] = useState(true);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  // `timeupdate` fires four times a second, which is too rare for a moving mark.
  useEffect(() => {
    let next = 0;
    const look = () => {
      setAt((element.current?.currentTime ?? 0) * 1000);
      next = requestAnimationFrame(look);
    };
    if (playing) {
      look();
    }
    return () => cancelAnimationFrame(next);
  }, [playing]);
  const attach = useCallback((player: HTMLVideoElement | null) => {
    element.current = player;
  }, []);
  const seek = useCallback((ms: number) => {
    if (element.current) {
      element.current.currentTime = ms / 1000;
      setAt(ms);
    }
  }, []);
  /** A browser may refuse; the button then stays unchanged. */
  const play = useCallback(() => void element.current?.play().catch(() => undefined), []);
  const pause = useCallback(() => element.current?.pause(), []);
  /** The current position, in milliseconds. */
  const place = useCallback(() => (element.current?.currentTime ?? 0) * 1000, []);
  const events = useMemo(() => {
    const measure = () => {
      const seconds = element.current?.duration ?? 0;
      setLength(Number.isFinite(seconds) ? seconds * 1000 : 0);
    };
    return {
      onPlay: () => setPlaying(true),
      onPause: () => setPlaying(false),
      onTimeUpdate: () => setAt((element.current?.currentTime ?? 0) * 1000),
      onLoadedMetadata: measure,
      onDurationChange: measure,
    };
  }, []);
  const toggle = playing ? pause : play;
  return { attach, events, playing, muted, setMuted, at, length, seek, play, pause, place, toggle };
}

export type Player = ReturnType<typeof usePlayer>;
