import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { ProblemNotice } from "@/components/problem-notice";
import { Button } from "@/components/ui/button";
import { Problem } from "@/lib/problem";

const WAIT_S = 60;

type Props = {
  /** Sends a new code. */
  send: () => Promise<unknown>;
  busy: boolean;
  /** True if a code has just been sent, so that the next one has to wait. */
  justSent: boolean;
};

/** Sends the code again, after the time that an email needs to arrive. */
export function ResendCode({ send, busy, justSent }: Props) {
  const { t } = useTranslation("auth");
  const [left, setLeft] = useState(justSent ? WAIT_S : 0);
  const [sent, setSent] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const waits = left > 0;
  useEffect(() => {
    if (!waits) {
      return;
    }
    const timer = setInterval(() => setLeft((seconds) => seconds - 1), 1000);
    return () => clearInterval(timer);
  }, [waits]);
  const again = async () => {
    setError(null);
    setSent(false);
    try {
      await send();
      setSent(true);
      setLeft(WAIT_S);
    } catch (problem) {
      setError(problem);
      setLeft(problem instanceof Problem ? (problem.retryAfter ?? 0) : 0);
    }
  };
  const minutes = Math.floor(left / 60);
  const clock = `${minutes}:${String(left % 60).padStart(2, "0")}`;
  return (
    <div className="grid justify-items-center">
      <Button
        look="quiet"
        size="small"
        className="min-h-11"
        disabled={waits}
        busy={busy}
        onClick={() => void again()}
      >
        {waits ? t("resend.wait", { clock }) : t("resend.button")}
      </Button>
      <p role="status" className="text-success text-sm">
        {sent && t("resend.sent")}
      </p>
      <div className="w-full pt-2 empty:hidden">
        <ProblemNotice error={error} />
      </div>
    </div>
  );
}
