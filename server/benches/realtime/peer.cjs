// Sends the same bytes to everybody who is connected, whenever it is asked to: the peer of the
// realtime benchmark in Node, as the documentation of `ws` has it.
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
