import { cancelJob } from "@/api/cancel-job";
import { finishUpload } from "@/api/finish-upload";
import { getJob } from "@/api/get-job";
import { getUpload } from "@/api/get-upload";
import { removeVideoBackground } from "@/api/remove-video-background";
import { retryJob } from "@/api/retry-job";
import { onFilesForgotten } from "@/lib/forget-files";
import { session } from "@/lib/session";

import { online, sleep } from "../queue/clock";
import { openTabs, thisTab } from "../queue/tab";
import { put } from "../queue/transfer";
import { openVideoArchive } from "./video-archive";
import { createVideoRunner } from "./video-runner";
import { createVideoStore } from "./video-store";

const SAVE_AFTER_MS = 250;

/** The videos of this tab. They are independent of the pages: uploads continue while another page is open. */
export const videos = createVideoStore();

let onChanged: () => void = () => undefined;

export const videoRunner = createVideoRunner(videos, {
  announce: removeVideoBackground,
  getUpload,
  finishUpload,
  getJob,
  cancelJob,
  retryJob,
  put: (url, part, onShare, signal) => put({ method: "PUT", url, headers: {} }, part, onShare, signal),
  sleep,
  online,
  now: () => performance.now(),
  mayBelongTo: session.mayBelongTo,
  changed: () => onChanged(),
  signedOut: session.expire,
});

/** Sets the callback for changed credits or jobs. */
export function onVideosChanged(callback: () => void): void {
  onChanged = callback;
}

let starting: Promise<void> | undefined;

/** Restores the stored state once, and stores changes from then on. */
export function startVideos(): Promise<void> {
  starting ??= start();
  return starting;
}

async function start(): Promise<void> {
  onFilesForgotten(() => {
    videoRunner.halt();
    videos.clear();
  });
  const unknown = () => videoRunner.setOwner(null);
  session.onExpired(unknown);
  session.onAccountChange(() => {
    if (session.hint() === null || session.hint() !== videoRunner.owner()) {
      unknown();
    }
  });
  // Leaving the page would stop the upload, so the browser asks first.
  addEventListener("beforeunload", (event) => {
    if (videos.getState().clips.some(({ phase }) => phase.kind === "uploading")) {
      event.preventDefault();
    }
  });
  try {
    const archive = openVideoArchive(await thisTab());
    videos.add(await archive.load(await openTabs(), Date.now()));
    videoRunner.pump();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let saving = Promise.resolve();
    const write = async (before: Promise<void>) => {
      await before;
      await archive.save(videos.getState().clips);
    };
    const save = () => {
      clearTimeout(timer);
      timer = undefined;
      saving = write(saving);
    };
    videos.subscribe((state, before) => {
      if (state.clips !== before.clips) {
        timer ??= setTimeout(save, SAVE_AFTER_MS);
      }
    });
    addEventListener("visibilitychange", () => timer !== undefined && save());
    addEventListener("pagehide", save);
  } catch {
    // Storage is turned off: the videos last as long as the page.
  }
}
