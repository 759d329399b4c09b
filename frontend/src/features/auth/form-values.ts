/** What was typed into a form, by the names of its inputs; spaces around it do not count, except in passwords. */
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

/** Whether it looks like an e-mail. The service looks closer, and a mail that arrives is the proof. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text);
}
