// Runs node-media-server, which takes streams over RTMP and serves them as HTTP-FLV, on the loopback interface:
//   node media-server.mjs RTMP-PORT HTTP-PORT FOLDER
import NodeMediaServer from 'node-media-server';

const [rtmp, http, folder] = process.argv.slice(2);
new NodeMediaServer({
  bind: '127.0.0.1', rtmp: { port: Number(rtmp) }, http: { port: Number(http) }, webadmin: { enable: false }, store: { path: folder },
}).run();
