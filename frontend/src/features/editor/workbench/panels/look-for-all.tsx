import { Check, Images } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button } from "@/components/ui/button";

import type { Edits } from "../../model";

/** Applies the look of this picture to all, and confirms it until the look changes again. */
export function LookForAll({ edits, onClick }: { edits: Edits; onClick: () => void }) {
  const { t } = useTranslation("editor");
  const [given, setGiven] = useState<Edits | null>(null);
  const done = given === edits;
  return (
    <div className="border-line grid gap-1 border-t p-3">
      <Button
        look="secondary"
        aria-describedby="look-for-all"
        onClick={() => {
          onClick();
          setGiven(edits);
        }}
      >
        {done ? (
          <Check aria-hidden className="text-success size-4" />
        ) : (
          <Images aria-hidden className="size-4" />
        )}
        {t("workbench.all.button")}
      </Button>
      <p id="look-for-all" role="status" className="text-muted text-center text-xs">
        {t(done ? "workbench.all.done" : "workbench.all.hint")}
      </p>
    </div>
  );
}
