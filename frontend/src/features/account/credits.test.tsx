import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";

import type { KindUsage } from "@/api/get-usage";
import type { LedgerEntry } from "@/api/list-ledger";
import { changeLanguage, loadNamespace, startI18n } from "@/lib/i18n";

import { LedgerSection } from "./ledger-section";
import { UsageSection } from "./usage-section";

const AT = "2026-11-22T15:04:05Z";

function show(page: ReactNode, answers: Record<string, unknown>) {
  const queries = new QueryClient();
  queries.setDefaultOptions({ queries: { staleTime: Infinity, retry: false } });
  for (const [key, answer] of Object.entries(answers)) {
    queries.setQueryData([key], answer);
  }
  render(<QueryClientProvider client={queries}>{page}</QueryClientProvider>);
}

/** The text of each line of the ledger, without its time. */
function lines(entries: LedgerEntry[]): string[] {
  show(<LedgerSection />, { ledger: { pages: [{ entries, next: null }], pageParams: [""] } });
  return screen.getAllByRole("listitem").map((line) => {
    line.querySelector("time")?.remove();
    return line.textContent ?? "";
  });
}

const job = (reason: "reserved" | "kept" | "failed", source: "allowance" | "purchased" | "free") =>
  ({ type: "job", job_id: "1", reason, source }) as const;

beforeEach(async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("offline")));
  await startI18n("en", ["common"]);
  await loadNamespace("account");
});

test("a line of the ledger shows the cause of the change and the kind of credits", () => {
  const read = lines([
    {
      created_at: AT,
      kind: "image",
      credits: 50,
      cause: { type: "purchase", payment_id: "cs_1", product: "pack" },
    },
    {
      created_at: AT,
      kind: "image",
      credits: -40,
      cause: { type: "refund", payment_id: "cs_1", refund_id: "re_1" },
    },
    { created_at: AT, kind: "video", credits: 2.25, cause: { type: "grant", grant_id: "welcome" } },
    {
      created_at: AT,
      kind: "image",
      credits: 200,
      cause: { type: "plan", payment_id: "in_1", plan: "Pro", change: "renewed" },
    },
    { created_at: AT, kind: "video", credits: -1, cause: job("reserved", "purchased") },
    { created_at: AT, kind: "video", credits: 0, cause: job("kept", "purchased") },
  ]);
  expect(read).toEqual([
    "Credits purchased · image credits+50 image credits",
    "Payment refunded, credits withdrawn · image credits−40 image credits",
    "Gift · video credits+2.25 video credits",
    "Pro plan renewed · image credits+200 image credits",
    "Reserved for a video · purchased credit−1 video credits",
    "Video finished · credit used · purchased credit",
  ]);
});

test("a credit that was not returned is not shown as returned", () => {
  const read = lines([
    { created_at: AT, kind: "image", credits: 1, cause: job("failed", "allowance") },
    { created_at: AT, kind: "image", credits: 0, cause: job("failed", "allowance") },
    { created_at: AT, kind: "video", credits: 0, cause: job("failed", "free") },
  ]);
  expect(read).toEqual([
    "Image failed · credit returned+1 image credits",
    "Image failed · credit expired at the end of the month",
    "Video failed · free preview",
  ]);
});

test("purchased credits are shown under their kind", async () => {
  const kind: KindUsage = { allowance: 10, used: 1, remaining: 9, granted: 0, purchased: 0, available: 9 };
  const usage = {
    plan: "free",
    images: { ...kind, used: 1.75, remaining: 8.25, purchased: 50 },
    videos: { ...kind, granted: 2 },
    renews_at: "2026-12-01T00:00:00Z",
  };
  show(<UsageSection />, { usage });
  expect(screen.getByText("8.25 left")).toBeTruthy();
  expect(screen.getByText("50 purchased credits")).toBeTruthy();
  expect(screen.getByText("No purchased credits · 2 gift credits")).toBeTruthy();
  await changeLanguage("fr");
  expect(await screen.findByText("Il reste 8,25")).toBeTruthy();
  expect(screen.getByText("50 crédits achetés")).toBeTruthy();
});
