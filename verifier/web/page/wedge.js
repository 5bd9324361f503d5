// A USB or Bluetooth reader: it types like a keyboard, but faster than any person, and ends with Enter.

/** Longest pause between two characters, in milliseconds. */
const QUICK = 60;
/** Fewest characters of a code. */
const SHORTEST = 8;
/** Most characters of a code (ISO/IEC 18004, version 40-L). */
const LONGEST = 4_296;

/** @param {(text: string) => void} take gets each text that a reader typed */
export function listen(take) {
  let [text, last] = ["", 0];
  const key = (event) => {
    if (event.target.matches?.("input, textarea, select") || event.ctrlKey || event.altKey || event.metaKey) return;
    const isQuick = event.timeStamp - last < QUICK;
    last = event.timeStamp;
    if (!isQuick) text = "";
    if (event.key === "Enter" && text.length >= SHORTEST) {
      event.preventDefault();
      event.stopPropagation();
      take(text);
      text = "";
    } else if (event.key.length === 1 && text.length < LONGEST) {
      // From the second character on it is a reader, and no button is meant.
      if (text) {
        event.preventDefault();
        event.stopPropagation();
      }
      text += event.key;
    }
  };
  addEventListener("keydown", key, true);
  // A space lets go of a button.
  addEventListener("keyup", (event) => event.key === " " && text.length > 1 && event.preventDefault(), true);
}
