// Keyboard shortcuts in any layout.

// Whether the key of `letter` was pressed. Where a layout has no Latin letters it is the key that
// has it on a Latin keyboard; a Latin layout of another order, such as Dvorak, keeps its own.
export function isLetter(event, letter) {
  const key = event.key.toLowerCase();
  return key === letter || (!/^[a-z]$/.test(key) && event.code === `Key${letter.toUpperCase()}`);
}
