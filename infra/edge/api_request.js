// Viewer request, for the API: the viewer's address, for the functions that count requests.
//
// In a header of our own. CloudFront-Viewer-Address would need a policy that names it, and none can name it and leave
// out Host, by which API Gateway knows its own. What a viewer has put into the header is overwritten.
function handler(event) {
  var request = event.request;
  request.headers["x-sansfond-viewer"] = { value: event.viewer.ip };
  return request;
}
