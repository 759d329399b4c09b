// Runs before the first paint, so that a chosen theme does not flash and visitors who read another language of the front
// page do not see it in English first. A file because the content security policy allows no inline script.
(function () {
  var chosen = {};
  try {
    chosen = { theme: localStorage.getItem("theme"), language: localStorage.getItem("language") };
  } catch {
    // Storage is turned off: use the theme of the system and the language of the browser.
  }
  if (chosen.theme === "light" || chosen.theme === "dark") {
    document.documentElement.dataset.theme = chosen.theme;
  }
  if (location.pathname !== "/") {
    return;
  }
  // The head of the front page lists the address of each language.
  var wanted = String(chosen.language || navigator.language)
    .split("-")[0]
    .toLowerCase();
  document.querySelectorAll("link[rel=alternate][hreflang]").forEach(function (link) {
    var address = new URL(link.href).pathname;
    if (link.hreflang === wanted && address !== location.pathname) {
      location.replace(address + location.search + location.hash);
    }
  });
})();
