import { Maximize, Pause, Play, Volume2, VolumeX } from "lucide-react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";

import { clockOf } from "./trim";
import type { Player } from "./use-player";

type Props = {
  player: Player;
  /** Without sound there is no mute button. */
  sound: boolean;
  onFullscreen?: () => void;
};

/** The controls under a player, also for the keyboard. */
export function PlayerControls({ player, sound, onFullscreen }: Props) {
  const { t } = useTranslation("video");
  const { playing, muted, setMuted, at, length, seek, toggle } = player;
  const [PlayIcon, SoundIcon] = [playing ? Pause : Play, muted ? VolumeX : Volume2];
  const label = t(playing ? "player.pause" : "player.play");
  const soundLabel = t(muted ? "player.unmute" : "player.mute");
  const written = t("player.at", { at: clockOf(at), length: clockOf(length) });
  return (
    <div className="flex items-center gap-1 sm:gap-2">
      <Button look="quiet" size="icon" aria-label={label} title={label} onClick={toggle}>
        <PlayIcon aria-hidden className="size-5" />
      </Button>
      <input
        type="range"
        min={0}
        max={Math.max(1, Math.round(length))}
        step={50}
        value={Math.min(Math.round(at), Math.max(1, Math.round(length)))}
        aria-label={t("player.seek")}
        aria-valuetext={written}
        onChange={({ currentTarget }) => seek(Number(currentTarget.value))}
        className="accent-accent min-h-11 min-w-0 flex-1"
      />
      <span aria-hidden className="text-muted text-sm whitespace-nowrap tabular-nums">
        {clockOf(at)}
        <span className="max-sm:hidden"> / {clockOf(length)}</span>
      </span>
      {sound && (
        <Button
          look="quiet"
          size="icon"
          aria-label={soundLabel}
          title={soundLabel}
          onClick={() => setMuted(!muted)}
        >
          <SoundIcon aria-hidden className="size-5" />
        </Button>
      )}
      {onFullscreen && (
        <Button
          look="quiet"
          size="icon"
          aria-label={t("player.fullscreen")}
          title={t("player.fullscreen")}
          onClick={onFullscreen}
        >
          <Maximize aria-hidden className="size-5" />
        </Button>
      )}
    </div>
  );
}
