import { formats, type ExportFormat } from "../pixels/formats";

/** The name of a download: `cat.jpg` becomes `cat-cutout.png`. */
export function downloadName(name: string, format: ExportFormat): string {
  return `${stemOf(name)}-${format === "matte" ? "matte" : "cutout"}.${formats[format].extension}`;
}

/** Makes the names unique in a folder, ignoring case. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let number = 2; taken.has(unique.toLowerCase()); number += 1) {
      unique = name.replace(/(\.[^.]*)?$/, `-${number}$1`);
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}

function stemOf(name: string): string {
  // A name may have any source; in a ZIP, a slash would create a folder.
  const plain = name.replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, "-").replace(/\.[^.]{1,5}$/, "");
  return plain || "picture";
}
