import { newClip, type NewClip } from "./clip";
import { readShape } from "./shape";
import { videoRunner, videos } from "./video-queue";

/** Adds videos to the editor, and determines their length. Nothing is uploaded before the user starts it. */
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

/** Stores the length and size of a video, which the browser's player reports. */
export async function measure(id: string, file: Blob): Promise<void> {
  const shape = await readShape(file);
  videos.patch(id, { shape });
}
