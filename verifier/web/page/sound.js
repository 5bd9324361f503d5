// What a verdict sounds and feels like: three that cannot be taken for one another, also by somebody who does not look.

let context;
let isOn = localStorage.getItem("sound") !== "off";

/** Frequencies in hertz, each with start and length in seconds, and the shape of the wave. */
const SOUNDS = {
  accept: { wave: "sine", tones: [[880, 0, 0.12], [1318, 0.12, 0.22]] },
  reject: { wave: "square", tones: [[196, 0, 0.22], [147, 0.26, 0.4]] },
  indeterminate: { wave: "triangle", tones: [[523, 0, 0.12], [523, 0.2, 0.12], [523, 0.4, 0.12]] },
};
/** Milliseconds on and off. */
const TOUCHES = { accept: [90], reject: [300, 90, 300], indeterminate: [90, 90, 90, 90, 90] };

/** Browsers let a page sound and tremble only after it was touched. */
const isTouched = () => navigator.userActivation?.hasBeenActive ?? true;

export function wake() {
  if (!isTouched()) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

export const soundIsOn = () => isOn;

export function switchSound() {
  isOn = !isOn;
  localStorage.setItem("sound", isOn ? "on" : "off");
}

/** @param {"accept" | "reject" | "indeterminate"} verdict */
export function play(verdict) {
  if (isTouched()) navigator.vibrate?.(TOUCHES[verdict]);
  if (!isOn || context?.state !== "running") return;
  const { wave, tones } = SOUNDS[verdict];
  for (const [frequency, start, length] of tones) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const at = context.currentTime + start;
    Object.assign(tone, { type: wave });
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.3, at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + length);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + length);
  }
}
