import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";

import { loadNamespace, startI18n } from "@/lib/i18n";

import { backdropOf } from "./backdrop";
import { firstChoice } from "./choice";
import { newClip, type VideoClip } from "./clip";
import { videoRunner, videos } from "./video-queue";
import { VideoSection } from "./video-section";

// jsdom has no canvas. tests/video.spec.ts tests this with a browser.
vi.mock("./backdrop", async (original) => ({
  ...(await original<typeof import("./backdrop")>()),
  backdropOf: vi.fn<typeof backdropOf>(),
}));

beforeAll(async () => {
  await startI18n("en", ["common"]);
  await loadNamespace("editor", "video");
});

const ME = { id: "ada", email: "ada@example.org" };

beforeEach(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  URL.createObjectURL = () => "blob:clip";
  URL.revokeObjectURL = () => undefined;
});

afterEach(() => {
  videos.clear();
  vi.unstubAllGlobals();
});

function show(change: Partial<VideoClip> = {}, { me = ME as object | null, left = 2 } = {}) {
  const file = new File(["bytes"], "clip.mp4", { type: "video/mp4" });
  const clip = newClip({ file, name: "clip.mp4", bytes: 5_000_000, mediaType: "video/mp4" }, "ada");
  videos.add([{ ...clip, shape: { durationMs: 45_000, width: 1920, height: 1080 }, ...change }]);
  const queries = new QueryClient();
  queries.setDefaultOptions({ queries: { staleTime: Infinity, retry: false } });
  queries.setQueryData(["me"], me);
  queries.setQueryData(["usage"], {
    plan: "free",
    images: { available: 5 },
    videos: { available: left },
    renews_at: "2026-12-01T00:00:00Z",
  });
  queries.setQueryData(["config"], {
    plans: [{ name: "free", max_video_seconds: 30, max_video_bytes: 500_000_000 }],
    video: { formats: ["webm", "mov", "mp4", "gif"], preview_duration_ms: 3000 },
  });
  render(
    <QueryClientProvider client={queries}>
      <MemoryRouter>
        <VideoSection />
      </MemoryRouter>
    </QueryClientProvider>,
  );
  return clip.id;
}

const button = (name: RegExp | string) => screen.queryByRole("button", { name });

it("a video that is longer than the plan allows is trimmed before the upload", () => {
  const id = show();
  expect(screen.getByText(/Your plan allows 30 s/)).toBeDefined();
  expect(videos.clip(id)?.part).toEqual({ fromMs: 0, untilMs: 30_000 });
});

it("MP4 requires a background, large formats show their size, and only available formats are offered", async () => {
  const id = show();
  await userEvent.click(screen.getByRole("radio", { name: "MP4" }));
  expect(screen.getByRole("radio", { name: "Transparent" })).toHaveProperty("disabled", true);
  expect(videos.clip(id)?.choice).toMatchObject({ format: "mp4", background: "#ffffff" });
  await userEvent.click(screen.getByRole("radio", { name: "MOV (ProRes 4444)" }));
  expect(screen.getByText(/about 1\.2 GB/)).toBeDefined();
  expect(screen.queryByRole("radio", { name: "PNG sequence" })).toBeNull();
});

it("nothing can be started until the background picture is chosen", async () => {
  const start = vi.spyOn(videoRunner, "start").mockReturnValue(undefined);
  start.mockClear();
  const id = show();
  await userEvent.click(screen.getByRole("radio", { name: "Image" }));
  expect(videos.clip(id)?.choice).toMatchObject({ background: "picture", picture: null });
  expect(screen.getByText(/Choose the background image/)).toBeDefined();
  expect(button(/Free preview/)).toHaveProperty("disabled", true);
  expect(button(/Remove the background/)).toHaveProperty("disabled", true);
  const picture = new Blob(["a picture"], { type: "image/jpeg" });
  vi.mocked(backdropOf).mockResolvedValue(picture);
  await userEvent.upload(
    screen.getByTestId("background-picture"),
    new File(["x"], "sea.jpg", { type: "image/jpeg" }),
  );
  await vi.waitFor(() => expect(videos.clip(id)?.choice.picture).toBe(picture));
  expect(button(/Choose another image/)).not.toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Free preview (3 s)" }));
  expect(start).toHaveBeenCalledExactlyOnceWith(id, true);
});

it("a file that is not a picture is refused", async () => {
  const id = show({ choice: { ...firstChoice, background: "picture" } });
  vi.mocked(backdropOf).mockRejectedValue(new Error("no picture"));
  await userEvent.upload(
    screen.getByTestId("background-picture"),
    new File(["x"], "sea.jpg", { type: "image/jpeg" }),
  );
  expect((await screen.findByRole("alert")).textContent).toContain("cannot open that file as an image");
  expect(videos.clip(id)?.choice.picture).toBeNull();
});

it("starts as a preview or as a whole", async () => {
  const start = vi.spyOn(videoRunner, "start").mockReturnValue(undefined);
  const id = show();
  await userEvent.click(screen.getByRole("button", { name: "Free preview (3 s)" }));
  expect(start).toHaveBeenLastCalledWith(id, true);
  await userEvent.click(screen.getByRole("button", { name: /Remove the background/ }));
  expect(start).toHaveBeenLastCalledWith(id, false);
});

it("without a credit, only the preview is offered, with the renewal date", () => {
  show({}, { left: 0 });
  expect(screen.getByTestId("video-quota").textContent).toContain("December 1, 2026");
  expect(button(/Free preview/)).not.toBeNull();
  expect(button(/Remove the background/)).toBeNull();
});

it("a visitor is asked to create an account, and cannot start", () => {
  show({ owner: null }, { me: null });
  expect(screen.getByRole("link", { name: "Create a free account" }).getAttribute("href")).toContain("next");
  expect(button(/Free preview/)).toBeNull();
});

it("shows the progress in frames and time", () => {
  const work = { frames_done: 60, frames_total: 200, frames_per_second: 12.4, remaining_s: 11 };
  show({ phase: { kind: "following", state: "working", work } });
  expect(screen.getByTestId("video-facts").textContent).toBe(
    "60 of 200 frames · 12.4 frames per second · about 15 seconds left",
  );
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("30");
});

it("shows the usual time while a machine starts", () => {
  show({ phase: { kind: "following", state: "waiting", work: null } });
  expect(screen.getByText(/takes one to three minutes/)).toBeDefined();
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBeNull();
});

it("an upload can be paused, and removing it asks for confirmation", async () => {
  HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  const pause = vi.spyOn(videoRunner, "pause").mockReturnValue(undefined);
  const id = show({ phase: { kind: "uploading", sent: 1_000_000, perSecond: 500_000 } });
  expect(screen.getByTestId("video-facts").textContent).toBe(
    "1 MB of 5 MB · 500 kB per second · about 8 seconds left",
  );
  await userEvent.click(screen.getByRole("button", { name: "Pause" }));
  expect(pause).toHaveBeenCalledWith(id);
  await userEvent.click(screen.getByRole("button", { name: "Remove clip.mp4" }));
  expect(screen.getByText("Remove this video?")).toBeDefined();
  expect(videos.clip(id)).toBeDefined();
});

it("a failure shows the service's message and the returned credit", () => {
  const failure = { code: "no_video", title: "", detail: "There is no picture in it.", creditBack: true };
  show({ phase: { kind: "failed", failure } });
  expect(screen.getByRole("alert").textContent).toContain("There is no picture in it.");
  expect(screen.getByText("Your credits were returned.")).toBeDefined();
});
