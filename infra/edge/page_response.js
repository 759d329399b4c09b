// Viewer response, together with page_request.js: sets the status in a file's metadata.
//
// Custom error responses of the distribution apply to every origin, so they would replace the API's own 403 and 404.
// CloudFront calls this function only for responses below 400, and files have no others. A 304 stays a 304: the browser
// keeps the status that it has.
function handler(event) {
  var response = event.response;
  var status = response.headers["x-amz-meta-status"];
  if (status) {
    delete response.headers["x-amz-meta-status"];
    if (response.statusCode === 200) {
      response.statusCode = parseInt(status.value, 10);
      response.statusDescription = "Not Found";
    }
  }
  return response;
}
