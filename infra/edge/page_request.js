// Viewer request, for everything that is neither API nor hashed asset: which file is shown at which path.
//
// SITE is filled in by site_files.py from frontend/dist: its files, and its routes.json. CloudFront's runtime is old
// JavaScript: no optional chaining, no modules of Node, 10 KB.
//
// What is no file and no page becomes 404.html, a copy of the application that carries its status with it; see
// page_response.js.
var SITE = { files: {}, pages: {}, prefixes: {} };

function handler(event) {
  var request = event.request;
  request.uri = "/" + fileAt(request.uri);
  return request;
}

function fileAt(path) {
  var name = path.slice(1);
  if (SITE.files.hasOwnProperty(name)) {
    return name;
  }
  var page = path.replace(/\/+$/, "") || "/";
  if (SITE.pages.hasOwnProperty(page)) {
    return SITE.pages[page];
  }
  var longest = "";
  for (var prefix in SITE.prefixes) {
    if (page.indexOf(prefix) === 0 && prefix.length > longest.length) {
      longest = prefix;
    }
  }
  return longest ? SITE.prefixes[longest] : "404.html";
}
