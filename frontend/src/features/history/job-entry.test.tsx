import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";

import type { Job } from "@/api/list-jobs";
import { loadNamespace, startI18n } from "@/lib/i18n";

import { JobEntry } from "./job-entry";

const RECENTLY = new Date(Date.now() - 60_000).toISOString();

function job(state: Job["state"], more: Partial<Job> = {}): Job {
  return {
    id: "1",
    kind: "image",
    state,
    progress_percent: 40,
    name: "cat.jpg",
    options: {} as Job["options"],
    created_at: RECENTLY,
    updated_at: RECENTLY,
    ...more,
  };
}

function show(one: Job, onDelete = () => {}) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <JobEntry job={one} view="grid" onDelete={onDelete} />
    </QueryClientProvider>,
  );
}

const action = (name: string) =>
  screen.queryByRole("button", { name }) ?? screen.queryByRole("link", { name });

beforeEach(async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new Error("offline")));
  await startI18n("en", ["common"]);
  await loadNamespace("history");
});

test("a finished picture can be downloaded, edited and deleted, and shows its expiry date", async () => {
  const onDelete = vi.fn<() => void>();
  show(
    job("completed", {
      result: {
        width: 800,
        height: 600,
        size_bytes: 1_540_000,
        media_type: "image/png",
        download_url: "https://files.example/1",
        preview_url: "https://files.example/1.webp",
        expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      },
    }),
    onDelete,
  );
  expect(action("Download: cat.jpg")?.getAttribute("href")).toBe("https://files.example/1");
  expect(action("Edit: cat.jpg")?.getAttribute("href")).toBe("/editor?job=1");
  expect(screen.getByText(/800 × 600 px/).textContent).toContain("1.5 MB");
  expect(screen.getByText(/^Available until/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Delete: cat.jpg" }));
  expect(onDelete).toHaveBeenCalledOnce();
});

test("a failed job shows the reason and the returned credit, and can be retried", () => {
  show(job("failed", { failure: { code: "no_subject", message: "Nothing looks like a subject." } }));
  expect(screen.getByTestId("job-state").textContent).toBe("Failed");
  expect(screen.getByText("Nothing looks like a subject.")).toBeTruthy();
  expect(screen.getByText("Your credits were returned.")).toBeTruthy();
  expect(action("Try again: cat.jpg")).not.toBeNull();
  expect(action("Download: cat.jpg")).toBeNull();
});

test("a job in progress shows its progress, and can only be cancelled", () => {
  show(job("processing"));
  expect(screen.getByRole("progressbar", { name: "Progress of cat.jpg" }).getAttribute("aria-valuenow")).toBe(
    "40",
  );
  expect(action("Cancel: cat.jpg")).not.toBeNull();
  expect(action("Delete: cat.jpg")).toBeNull();
});

test("a job whose file was deleted shows the date and offers no download", () => {
  show(
    job("completed", {
      result: {
        width: 8,
        height: 6,
        size_bytes: 10,
        media_type: "image/png",
        expires_at: "2026-01-02T12:00:00Z",
      },
    }),
  );
  expect(screen.getByText("The file was deleted on Jan 2, 2026.")).toBeTruthy();
  expect(action("Download: cat.jpg")).toBeNull();
  expect(action("Edit: cat.jpg")).toBeNull();
});
