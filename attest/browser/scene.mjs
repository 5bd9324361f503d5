// How a browser is started, and what its camera sees.

/** Without the background services, whose connections a closed network refuses, many at a time. */
export const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
];

/** A camera's usual frame, and its pictures. */
export const CAMERA = { viewport: { width: 1280, height: 720 } };
export const AS_SEEN = { type: "jpeg", quality: 88 };

/** A code on a screen or on paper, turned, out of focus, on grey: a page to take a picture of. */
export const scene = (code, { turn, blur, side }) =>
  `<body style="margin:0;background:#777;display:grid;place-items:center;height:100vh;overflow:hidden">
   <div style="width:${side}px;background:#fff;transform:rotate(${turn}deg);filter:blur(${blur}px)">${code}</div></body>`;
