// Package awshttp has what every client of the AWS SDK in this project needs of HTTP, and names what went wrong with another
// system without quoting it.
package awshttp

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Client makes the SDK's calls, each once. The SDK closes a request's body as soon as the answer begins, and its body then
// answers a WriteTo with io.EOF (smithy-go 1.28, safeWriteToReadCloser), which net/http takes for a failed request: it cuts
// the connection before the answer is read, and the SDK makes the call again. That happens when the server is faster than
// the goroutine that looks for the body's end, as on a busy machine. A receive that is made twice hides messages, a send
// doubles them.
type Client struct{ aws.HTTPClient }

// Do makes one call with a body that can only be read.
func (c Client) Do(request *http.Request) (*http.Response, error) {
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = struct{ io.ReadCloser }{request.Body}
	}
	return c.HTTPClient.Do(request)
}
