// The Lambda Runtime API loop for the Node peers: node runtime.mjs <handler module>.
// AWS's own client for Node (aws-lambda-ric) compiles libcurl when it is installed; this does the same with node:http.
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const agent = new http.Agent({ keepAlive: true });
const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/`;

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = http.request(base + path, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.on('error', reject);
    request.end(body);
  });

const { handler } = await import(pathToFileURL(process.argv[2]));
for (;;) {
  const { headers, body } = await call('GET', 'invocation/next');
  const id = headers['lambda-runtime-aws-request-id'];
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const context = {
    awsRequestId: id,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const answer = await handler(JSON.parse(body), context);
    await call('POST', `invocation/${id}/response`, JSON.stringify(answer ?? null));
  } catch (error) {
    const report = { errorType: error.name, errorMessage: error.message, stackTrace: [error.stack] };
    await call('POST', `invocation/${id}/error`, JSON.stringify(report));
  }
}
