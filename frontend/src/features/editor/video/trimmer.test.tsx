import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it, vi } from "vitest";

import { loadNamespace, startI18n } from "@/lib/i18n";

import { firstPart, type Part } from "./trim";
import { Trimmer } from "./trimmer";

beforeAll(async () => {
  await startI18n("en", ["common"]);
  await loadNamespace("video");
});

const BOUNDS = { durationMs: 45_000, limitMs: 30_000 };

function show(atMs = 0) {
  const onSeek = vi.fn<(ms: number) => void>();
  function Panel() {
    const [part, setPart] = useState<Part>(firstPart(BOUNDS));
    return <Trimmer part={part} bounds={BOUNDS} atMs={atMs} onPart={setPart} onSeek={onSeek} />;
  }
  render(<Panel />);
  const handle = (name: string) => screen.getByRole("slider", { name });
  const times = () => ["Start", "End"].map((name) => handle(name).getAttribute("aria-valuetext"));
  return { onSeek, handle, times };
}

it("keys move the handles in small and large steps, and the player follows", async () => {
  const { onSeek, handle, times } = show();
  handle("Start").focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{PageUp}");
  expect(times()).toEqual(["0:01.2", "0:30.0"]);
  expect(onSeek).toHaveBeenLastCalledWith(1_200);
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  expect(times()).toEqual(["0:00.2", "0:30.0"]);
  handle("End").focus();
  await userEvent.keyboard("{End}");
  expect(times()).toEqual(["0:15.0", "0:45.0"]);
  expect(screen.getByTestId("trim-selected").textContent).toContain("0:30.0");
});

it("the part can start and end at the position of the player", async () => {
  const { times } = show(20_000);
  await userEvent.click(screen.getByRole("button", { name: "End here" }));
  expect(times()).toEqual(["0:00.0", "0:20.0"]);
  await userEvent.click(screen.getByRole("button", { name: "Start here" }));
  expect(times()).toEqual(["0:20.0", "0:20.2"]);
  await userEvent.click(screen.getByRole("button", { name: "Select the whole video" }));
  expect(times()).toEqual(["0:00.0", "0:30.0"]);
});
