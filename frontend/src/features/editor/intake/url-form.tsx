import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";

/** Accepts the address of a picture instead of a file. */
export function UrlForm({ takeLink }: { takeLink: (url: string) => Promise<void> }) {
  const { t } = useTranslation("editor");
  const [url, setUrl] = useState("");
  const [busy, setBusy] = useState(false);
  const [invalid, setInvalid] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const address = url.trim();
    const valid = /^https?:\/\//i.test(address) && URL.canParse(address);
    setInvalid(!valid);
    setError(null);
    if (!valid || busy) {
      return;
    }
    setBusy(true);
    try {
      await takeLink(address);
      setUrl("");
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="grid gap-3">
      <div className="flex items-start gap-2">
        <Field
          className="min-w-0 flex-1"
          label={t("intake.link")}
          type="url"
          inputMode="url"
          autoComplete="off"
          placeholder={t("intake.linkPlaceholder")}
          value={url}
          error={invalid && t("intake.linkInvalid")}
          onChange={(event) => {
            setUrl(event.currentTarget.value);
            setInvalid(false);
          }}
        />
        <Button type="submit" look="secondary" busy={busy} className="mt-6.5">
          {t("intake.fetch")}
        </Button>
      </div>
      <ProblemNotice error={error} />
    </form>
  );
}
