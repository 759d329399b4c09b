// Viewer request for the API: adds the viewer's address, because the functions count requests by it.
//
// In our own header: CloudFront-Viewer-Address would need a policy that lists it, and no such policy can leave out Host,
// which API Gateway needs for itself. A header that the viewer has sent is overwritten.
function handler(event) {
  var request = event.request;
  request.headers["x-sansfond-viewer"] = { value: event.viewer.ip };
  return request;
}
