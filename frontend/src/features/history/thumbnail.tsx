import { Film, ImageOff, LoaderCircle } from "lucide-react";
import { useState } from "react";

import { isOpen, type Job } from "@/api/list-jobs";
import { classNames } from "@/lib/class-names";

/** The cutout over a checkerboard, or a placeholder. Its box never changes its size. */
export function Thumbnail({ job, className }: { job: Job; className?: string }) {
  const url = job.result?.preview_url;
  // An expired link is replaced by a new one, which is tried separately.
  const [broken, setBroken] = useState<string | null>(null);
  const Icon = isOpen(job) ? LoaderCircle : ImageOff;
  const video = job.kind === "video";
  return (
    <div
      className={classNames(
        "relative grid place-items-center overflow-hidden",
        url ? "checkerboard" : "bg-raised",
        className,
      )}
    >
      {url && url !== broken ? (
        <img
          src={url}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setBroken(url)}
          className="absolute inset-0 size-full object-contain"
        />
      ) : (
        <Icon aria-hidden className={classNames("text-muted size-6", isOpen(job) && "animate-spin")} />
      )}
      {video && (
        <span className="absolute right-2 bottom-2 grid size-8 place-items-center rounded-full bg-black/60 text-white">
          <Film aria-hidden className="size-4" />
        </span>
      )}
    </div>
  );
}
