// In the browser: every reader on every picture, the same pixels for all, each reader warm.

import { prepareZXingModule, readBarcodes } from "/zxing/reader/index.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Our reader in the page's own thread, so that no message between threads is measured; as worker.js calls it. */
async function ours(photo) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/reader.wasm"));
  const { memory, input, call, output } = instance.exports;
  return ({ width, height, data }) => {
    const json = encoder.encode(JSON.stringify({ call: "read", width, height, photo }));
    const at = input(json.length + data.length) >>> 0;
    const room = new Uint8Array(memory.buffer, at, json.length + data.length);
    room.set(json);
    room.set(data, json.length);
    const length = call(json.length) >>> 0;
    const answer = new Uint8Array(memory.buffer, output() >>> 0, length);
    return JSON.parse(decoder.decode(answer.slice(4))).ok.texts;
  };
}

async function zxing(options) {
  await prepareZXingModule({ overrides: { locateFile: () => "/zxing_reader.wasm" }, fireImmediately: true });
  return async (image) => (await readBarcodes(image, { formats: ["QRCode"], ...options })).map(({ text }) => text);
}

async function readers() {
  const { default: jsQR } = await import("/jsqr.js");
  const list = {
    "Attest, frame": await ours(false),
    "Attest, photo": await ours(true),
    "zxing-wasm": await zxing({}),
    "zxing-wasm, fast": await zxing({ tryHarder: false, tryRotate: false, tryInvert: false, tryDownscale: false }),
    jsQR: ({ data, width, height }) => {
      const read = jsQR(data, width, height);
      return read ? [read.data] : [];
    },
  };
  if ("BarcodeDetector" in self) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    list.BarcodeDetector = async (image) => (await detector.detect(image)).map(({ rawValue }) => rawValue);
  }
  return list;
}

async function decoded(address) {
  const bitmap = await createImageBitmap(await (await fetch(address)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, bitmap.width, bitmap.height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

async function grey(address, width, height) {
  const light = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let at = 0; at < light.length; at++) pixels[at] = 0xff000000 | (light[at] * 0x010101);
  return image;
}

/** Reads all pictures with all readers; a row for each picture and reader. */
self.compare = async (pictures) => {
  const all = Object.entries(await readers());
  const rows = [];
  for (const [number, { address, width, height, texts, sort }] of pictures.entries()) {
    const image = width ? await grey(address, width, height) : await decoded(address);
    for (const [name, read] of all) {
      // It is slow, and far behind where pictures are good.
      if (name === "jsQR" && width) continue;
      for (let warm = number ? 0 : 5; warm > 0; warm--) await read(image);
      const start = performance.now();
      const found = await read(image);
      const time = performance.now() - start;
      const right = texts ? found.length === 1 && texts.includes(found[0]) : found.length === 0;
      rows.push({ name, sort, number, time, right, wrong: !right && found.length > 0 });
    }
  }
  return rows;
};
self.ready = true;
