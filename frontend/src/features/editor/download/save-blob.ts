/** Long enough for every browser to have begun the download. */
const REVOKE_AFTER_MS = 60_000;

/** Gives a file to the browser, to be saved under this name. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER_MS);
}
