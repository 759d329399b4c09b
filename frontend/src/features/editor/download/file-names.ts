import { formats, type ExportFormat } from "../pixels/formats";

/** What a download is called: `cat.jpg` becomes `cat-cutout.png`. */
export function downloadName(name: string, format: ExportFormat): string {
  return `${stemOf(name)}-${format === "matte" ? "matte" : "cutout"}.${formats[format].extension}`;
}

/** The names made different, as files of one folder have to be, also where upper case does not count. */
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
  // A name may come from anywhere; in a ZIP a slash would make a folder of it.
  const plain = name.replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, "-").replace(/\.[^.]{1,5}$/, "");
  return plain || "picture";
}
