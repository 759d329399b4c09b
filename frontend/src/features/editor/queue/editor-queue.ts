import { cancelJob } from "@/api/cancel-job";
import { createUpload } from "@/api/create-upload";
import { getJob } from "@/api/get-job";
import { previewCutout } from "@/api/preview-cutout";
import { retryJob } from "@/api/retry-job";
import { onFilesForgotten } from "@/lib/forget-files";
import { session } from "@/lib/session";

import { openArchive, type Archive } from "./archive";
import { online, sleep } from "./clock";
import { createRunner } from "./runner";
import { shrink } from "./shrink";
import { createQueueStore } from "./store";
import { openTabs, thisTab } from "./tab";
import { download, put } from "./transfer";

const SAVE_AFTER_MS = 250;

/** The queue of this tab. It is independent of the pages: uploads continue while another page is open. */
export const queue = createQueueStore();

let onChanged: () => void = () => undefined;

export const runner = createRunner(queue, {
  createUpload,
  put,
  getJob,
  cancelJob,
  retryJob,
  download,
  preview: previewCutout,
  shrink,
  sleep,
  online,
  changed: () => onChanged(),
  mayBelongTo: session.mayBelongTo,
  signedOut: session.expire,
});

/** Sets the callback for changed credits or jobs. */
export function onServiceChanged(callback: () => void): void {
  onChanged = callback;
}

let starting: Promise<void> | undefined;

/** Restores the stored state once, and stores changes from then on. */
export function startQueue(): Promise<void> {
  starting ??= start();
  return starting;
}

async function start(): Promise<void> {
  onFilesForgotten(() => {
    runner.halt();
    queue.clear();
  });
  const unknown = () => runner.setUser({ kind: "unknown" });
  session.onExpired(unknown);
  session.onAccountChange(() => {
    if (session.hint() === null || session.hint() !== runner.owner()) {
      unknown();
    }
  });
  let archive: Archive;
  try {
    archive = openArchive(await thisTab());
    queue.add(await archive.load(await openTabs(), Date.now()));
  } catch {
    // Storage is turned off: the queue lasts as long as the page.
    queue.setState({ unkept: true });
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving = Promise.resolve();
  const save = () => {
    clearTimeout(timer);
    timer = undefined;
    saving = write(saving);
  };
  const write = async (before: Promise<void>) => {
    await before;
    const unkept = !(await archive.save(queue.getState().entries));
    if (queue.getState().unkept !== unkept) {
      queue.setState({ unkept });
    }
  };
  queue.subscribe((state, before) => {
    if (state.entries.length > before.entries.length) {
      // A newly added picture: after an immediate reload, it and the key of its upload must be found again.
      save();
    } else if (state.entries !== before.entries) {
      timer ??= setTimeout(save, SAVE_AFTER_MS);
    }
  });
  save();
  addEventListener("visibilitychange", () => timer !== undefined && save());
  addEventListener("pagehide", save);
}
