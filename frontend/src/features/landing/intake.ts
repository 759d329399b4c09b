import { paths } from "@/lib/paths";
import { putPendingFiles } from "@/lib/pending-files";
import type { Sample } from "@/lib/samples";

/** The files that may be pictures or videos. Some systems give no type; the editor checks further. */
export function fittingAmong(files: Iterable<File>): File[] {
  return [...files].filter(({ type }) => type === "" || /^(image|video)\//.test(type));
}

/** The number of bytes that the editor needs to determine the type of a file. */
const HEAD = 512;

/** Shortens other files to the beginning, from which the editor can name the type and the reason of the refusal. */
export function forEditor(files: Iterable<File>): File[] {
  const fitting = new Set(fittingAmong(files));
  return [...files].map((file) =>
    fitting.has(file) ? file : new File([file.slice(0, HEAD)], file.name, { type: file.type }),
  );
}

/** Passes files to the editor. Does not return on success: the editor is another page. */
export async function openEditor(files: readonly File[]): Promise<void> {
  try {
    await putPendingFiles(files);
  } catch {
    // Storage is turned off or full: the editor opens empty, and the file can be added there.
  }
  location.assign(paths.editor);
}

/** A sample as a file, as if it had been chosen. */
export async function sampleFile({ id, src }: Sample): Promise<File> {
  const response = await fetch(src);
  if (!response.ok) {
    throw new Error(`The sample could not be loaded: ${response.status}.`);
  }
  const body = await response.blob();
  return new File([body], `${id}.jpg`, { type: "image/jpeg" });
}

/** Opens the file dialog, from any button of the page. */
export function choosePictures(): void {
  document.getElementById(INPUT)?.click();
}

/** The one input for files. */
export const INPUT = "pictures";

let preloaded = false;

/** Preloads the editor on the first interaction. Nothing depends on it. */
export async function preloadEditor(): Promise<void> {
  if (preloaded) {
    return;
  }
  preloaded = true;
  try {
    const page = new DOMParser().parseFromString(await (await fetch(paths.editor)).text(), "text/html");
    for (const found of page.querySelectorAll("script[type=module], link[rel=modulepreload]")) {
      const link = document.createElement("link");
      link.rel = "modulepreload";
      link.href = found.getAttribute("src") ?? found.getAttribute("href") ?? "";
      document.head.append(link);
    }
  } catch {
    // The editor is then loaded when it is opened.
  }
}
