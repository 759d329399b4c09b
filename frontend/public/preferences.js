// Runs before the first paint, so that a chosen theme does not flash and a French reader of the
// front page is not shown English first. A file because the content security policy allows no inline script.
(function () {
  var chosen = {};
  try {
    chosen = { theme: localStorage.getItem("theme"), language: localStorage.getItem("language") };
  } catch {
    // Storage is switched off: the system's theme and the browser's language it is.
  }
  if (chosen.theme === "light" || chosen.theme === "dark") {
    document.documentElement.dataset.theme = chosen.theme;
  }
  var language = chosen.language || (/^fr\b/i.test(navigator.language) ? "fr" : "en");
  if (location.pathname === "/" && language === "fr") {
    location.replace("/fr" + location.search + location.hash);
  }
})();
