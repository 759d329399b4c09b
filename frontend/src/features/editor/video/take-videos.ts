import { newClip, type NewClip } from "./clip";
import { readShape } from "./shape";
import { videoRunner, videos } from "./video-queue";

/** Puts videos into the editor, and finds out how long they are. Nothing is sent before somebody says so. */
export function takeVideos(given: readonly NewClip[]): void {
  const clips = given.map((one) => newClip(one, videoRunner.owner()));
  if (clips.length > 0) {
    videos.add(clips);
  }
  for (const { id, file } of clips) {
    if (file) {
      void measure(id, file);
    }
  }
}

/** Notes what the browser's player says of a file. */
export async function measure(id: string, file: Blob): Promise<void> {
  const shape = await readShape(file);
  videos.patch(id, { shape });
}
