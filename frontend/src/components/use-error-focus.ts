import { useEffect, useRef } from "react";

/** For a form: whenever `errors` is a new object, the focus goes to the first input that is wrong. */
export function useErrorFocus(errors: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);
  return form;
}
