// Answers to bytes that are not an HTTP request. There is no response object for them, only the socket.

export const rawAnswers = {
  400: rawAnswer('400 Bad Request'),
  405: rawAnswer('405 Method Not Allowed', 'Allow: GET, HEAD\r\n'),
  408: rawAnswer('408 Request Timeout'),
  431: rawAnswer('431 Request Header Fields Too Large'),
}

function rawAnswer(status: string, headers = ''): string {
  return `HTTP/1.1 ${status}\r\n${headers}Connection: close\r\nContent-Length: 0\r\n\r\n`
}

/** `code`: that of Node's `clientError`. */
export function statusOfClientError(code: string | undefined): keyof typeof rawAnswers {
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
}
