// Viewer request for all paths except the API and hashed assets: maps a path to a file.
//
// site_files.py fills in SITE from the files and routes.json in frontend/dist. CloudFront's runtime has an old JavaScript
// without optional chaining and Node's modules, and a limit of 10 KB.
//
// Unknown paths are mapped to 404.html, a copy of the application whose metadata has the status; see page_response.js.
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
