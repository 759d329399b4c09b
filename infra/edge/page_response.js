// Viewer response, beside page_request.js: a file may say with which status it is shown.
//
// Not the distribution's custom error responses: those apply to every origin and would put a page in the place of the
// API's own 403 and 404. CloudFront calls this for answers below 400 only, which all files are; a 304 stays one,
// since the browser then keeps the status that it has.
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
