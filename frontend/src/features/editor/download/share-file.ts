/** Whether this device can hand a picture to its other apps. */
export function canShareFiles(): boolean {
  const sample = new File([""], "picture.png", { type: "image/png" });
  return navigator.canShare?.({ files: [sample] }) ?? false;
}

/** Offers a file to the other apps of the device. Choosing none of them is not an error. */
export async function shareFile(file: File): Promise<void> {
  try {
    await navigator.share({ files: [file] });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) {
      throw error;
    }
  }
}
