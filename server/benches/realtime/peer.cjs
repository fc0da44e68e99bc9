// Sends the same bytes to every connected client on request. This is the Node peer of the realtime
// benchmark, written as in the documentation of `ws`.
const http = require('node:http');
const { WebSocket, WebSocketServer } = require('ws');

const bytes = Buffer.alloc(160, 7);
const server = http.createServer((request, response) => {
  for (const client of all.clients) {
    if (client.readyState === WebSocket.OPEN) client.send(bytes);
  }
  response.end();
});
const all = new WebSocketServer({ server, path: '/ws', perMessageDeflate: false });
server.listen(0, '127.0.0.1', () => {
  const { address, port } = server.address();
  console.log(`${address}:${port}`);
});
