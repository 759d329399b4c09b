import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { beforeAll, expect, it, vi } from "vitest";

import { startI18n } from "@/lib/i18n";

import { noEdits, type Background } from "../../model";
import { BackgroundPanel } from "./background-panel";

beforeAll(() => startI18n("en", ["common", "editor"]));

function show({ hasOriginal = true } = {}) {
  const changed = vi.fn<(background: Background) => void>();
  function Panel() {
    const [background, setBackground] = useState(noEdits.background);
    return (
      <BackgroundPanel
        background={background}
        hasOriginal={hasOriginal}
        missing="The original is gone."
        onBackground={(next) => {
          changed(next);
          setBackground(next);
        }}
      />
    );
  }
  render(<Panel />);
  return changed;
}

it("a colour that was left is there again when one comes back to it", async () => {
  const changed = show();
  await userEvent.click(screen.getByRole("radio", { name: "Color" }));
  await userEvent.click(screen.getByRole("radio", { name: "Navy" }));
  await userEvent.click(screen.getByRole("radio", { name: "Transparent" }));
  await userEvent.click(screen.getByRole("radio", { name: "Color" }));
  expect(changed).toHaveBeenLastCalledWith({ kind: "color", color: "#1e3a5f" });
});

it("a typed colour counts once it is one, and is called wrong until then", async () => {
  const changed = show();
  await userEvent.click(screen.getByRole("radio", { name: "Color" }));
  const field = screen.getByRole("textbox", { name: "Color as a hex code" });
  await userEvent.clear(field);
  await userEvent.type(field, "#1234");
  expect(screen.getByText(/Enter six characters/).id).toBe(field.getAttribute("aria-describedby"));
  await userEvent.type(field, "56");
  expect(changed).toHaveBeenLastCalledWith({ kind: "color", color: "#123456" });
});

it("choosing an own picture changes nothing before there is one", async () => {
  const changed = show();
  await userEvent.click(screen.getByRole("radio", { name: "Image" }));
  expect(screen.getByRole("button", { name: "Choose an image" })).toBeDefined();
  expect(changed).not.toHaveBeenCalled();
});

it("without the original there is no blur, and the panel says why", () => {
  show({ hasOriginal: false });
  expect(screen.getByRole("radio", { name: "Blur" })).toHaveProperty("disabled", true);
  expect(screen.getByText("The original is gone.")).toBeDefined();
});
