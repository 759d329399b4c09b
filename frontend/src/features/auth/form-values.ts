/** The values of a form, by the names of its inputs; surrounding spaces are removed, except in passwords. */
export function formValues(form: HTMLFormElement): (name: string) => string {
  const data = new FormData(form);
  return (name) => {
    const value = data.get(name);
    if (typeof value !== "string") {
      return "";
    }
    return name.includes("password") ? value : value.trim();
  };
}

/** True if it looks like an email address. The service checks further, and a delivered email is the proof. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text);
}
