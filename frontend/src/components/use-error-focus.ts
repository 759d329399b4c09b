import { useEffect, useRef } from "react";

/** For a form: whenever `errors` is a new object, moves the focus to the first invalid input. */
export function useErrorFocus(errors: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);
  return form;
}
