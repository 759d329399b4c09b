import { Problem } from "@/lib/problem";

/** The target of an upload, with its headers. */
type Target = { method: string; url: string; headers: object };

/** An upload without progress for this long counts as lost. */
const STALLED_MS = 30_000;

/**
 * Uploads a file to the bucket, with the signed headers and no others. `fetch` does not report the progress of an upload.
 *
 * @throws Problem `upload_interrupted` or `offline`, after which it can be retried; `upload_refused` if the link is no
 * longer valid.
 */
export function put(
  target: Target,
  file: Blob,
  onShare: (share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const moves = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALLED_MS);
    };
    const lost = () => reject(Problem.local(navigator.onLine ? "upload_interrupted" : "offline"));
    const giveUp = () => {
      reject(signal.reason);
      request.abort();
    };
    const offline = () => request.abort();
    request.open(target.method, target.url);
    for (const [name, value] of Object.entries<string>({ ...target.headers })) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      moves();
      onShare(total > 0 ? loaded / total : 0);
    });
    request.addEventListener("load", () => {
      const { status } = request;
      if (status < 300) {
        resolve();
      } else {
        reject(Problem.local(status >= 500 ? "upload_interrupted" : "upload_refused"));
      }
    });
    request.addEventListener("error", lost);
    request.addEventListener("abort", lost);
    request.addEventListener("loadend", () => {
      clearTimeout(stalled);
      signal.removeEventListener("abort", giveUp);
      removeEventListener("offline", offline);
    });
    signal.addEventListener("abort", giveUp);
    // Otherwise it can take minutes to notice a lost connection.
    addEventListener("offline", offline);
    moves();
    request.send(file);
  });
}

/** Downloads a file of the bucket. Throws `Problem`. */
export async function download(url: string, signal: AbortSignal): Promise<Blob> {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) {
      return await response.blob();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw Problem.from(error);
  }
  throw Problem.local("unreachable");
}
