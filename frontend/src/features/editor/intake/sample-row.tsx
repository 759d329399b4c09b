import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Problem } from "@/lib/problem";
import { samples, type Sample } from "@/lib/samples";

type Props = { takeIn: (files: File[]) => Promise<void>; onError: (error: unknown) => void };

/** Photos to try the editor with. */
export function SampleRow({ takeIn, onError }: Props) {
  const { t } = useTranslation("editor");
  const [busy, setBusy] = useState<Sample["id"] | null>(null);
  const take = async ({ id, src }: Sample) => {
    setBusy(id);
    try {
      await takeIn([await load(src, `${id}.jpg`)]);
    } catch (error) {
      onError(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <div className="grid gap-3">
      <p id="samples" className="text-sm font-medium">
        {t("intake.samples")}
      </p>
      <ul aria-labelledby="samples" className="grid grid-cols-4 gap-3">
        {samples.map((sample) => (
          <li key={sample.id}>
            <button
              type="button"
              aria-busy={busy === sample.id || undefined}
              onClick={() => void take(sample)}
              className="border-line hover:border-accent block aspect-square w-full cursor-pointer overflow-hidden rounded-2xl border-2 aria-busy:animate-pulse"
            >
              <img
                src={`/samples/${sample.id}-320.avif`}
                alt={t(`intake.sample.${sample.id}`)}
                width={sample.width}
                height={sample.height}
                loading="lazy"
                draggable={false}
                className="size-full object-cover"
              />
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

async function load(src: string, name: string): Promise<File> {
  try {
    const answer = await fetch(src);
    if (answer.ok) {
      return new File([await answer.blob()], name, { type: "image/jpeg" });
    }
  } catch (error) {
    throw Problem.from(error);
  }
  throw Problem.local("unreachable");
}
