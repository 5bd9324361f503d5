// Holds the WebAssembly module and answers the page's calls (schemas/web/src/call.rs).

const encoder = new TextEncoder();
const decoder = new TextDecoder();
let module;

async function load(address) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch(address));
  return instance.exports;
}

async function call(head, body) {
  const { memory, input, call, output } = await module;
  const json = encoder.encode(JSON.stringify(head));
  const length = json.length + (body?.byteLength ?? 0);
  const at = input(length) >>> 0;
  const room = new Uint8Array(memory.buffer, at, length);
  room.set(json);
  if (body) room.set(new Uint8Array(body), json.length);
  const answered = call(json.length) >>> 0;
  const answer = new Uint8Array(memory.buffer, output() >>> 0, answered);
  const end = 4 + new DataView(memory.buffer, answer.byteOffset).getUint32(0, true);
  return { ...JSON.parse(decoder.decode(answer.slice(4, end))), body: answer.slice(end) };
}

self.onmessage = async ({ data: { load: address, id, head, body } }) => {
  try {
    if (address) {
      module = load(address);
      await module;
      return;
    }
    const answer = await call(head, body);
    self.postMessage({ id, ...answer }, [answer.body.buffer]);
  } catch (error) {
    self.postMessage({ id, refused: { code: address ? "module-unavailable" : "module-stopped", text: String(error) } });
  }
};
