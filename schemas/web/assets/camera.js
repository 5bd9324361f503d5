// The camera: frames for the module, the torch, and the other camera.

/** A camera that is on. */
export class Camera {
  #video;
  #stream;
  #facing;
  #canvas = document.createElement("canvas");

  /** @param {HTMLVideoElement} video where the person sees what the camera sees */
  constructor(video) {
    this.#video = video;
  }

  /** Turns it on. Throws `NotAllowedError` or `NotFoundError` as the browser does. */
  async start(facing = "environment") {
    this.stop();
    this.#facing = facing;
    const wanted = { facingMode: facing, width: { ideal: 1280 }, height: { ideal: 720 } };
    this.#stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    this.#video.srcObject = this.#stream;
    this.#video.muted = true;
    this.#video.playsInline = true;
    await this.#video.play();
  }

  get isOn() {
    return Boolean(this.#stream?.active);
  }

  stop() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** The camera on the other side. */
  turn() {
    return this.start(this.#facing === "environment" ? "user" : "environment");
  }

  /** Whether there is a torch. */
  get hasTorch() {
    return Boolean(this.#stream?.getVideoTracks()[0]?.getCapabilities?.().torch);
  }

  /** @param {boolean} on */
  torch(on) {
    return this.#stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] });
  }

  /** What it sees now: brightness, `stride` bytes from row to row, or four bytes for each pixel; null before the first frame. */
  async frame() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!this.isOn || !width) return null;
    return (await brightness(this.#video)) ?? pixels(this.#canvas, this.#video, width, height);
  }
}

/** The formats of frames that begin with brightness, a byte for each pixel. */
const PLANAR = ["I420", "I420A", "I422", "I444", "NV12"];

/** A frame as the camera made it, without the way to colours and back; null where the browser does not give it. */
async function brightness(video) {
  let frame;
  try {
    frame = new VideoFrame(video);
    if (!PLANAR.includes(frame.format)) return null;
    const { width, height } = frame.visibleRect;
    const planes = new ArrayBuffer(frame.allocationSize());
    const [{ offset, stride }] = await frame.copyTo(planes);
    return { width, height, stride, pixels: offset ? planes.slice(offset) : planes };
  } catch {
    return null;
  } finally {
    frame?.close();
  }
}

/** A picture file as pixels, at most 4,096 on the longer side. Throws when the browser cannot read it. */
export async function picture(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, 4096 / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  return pixels(document.createElement("canvas"), bitmap, width, height);
}

function pixels(canvas, source, width, height) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  // What is transparent is paper.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return { width, height, pixels: context.getImageData(0, 0, width, height).data.buffer };
}
