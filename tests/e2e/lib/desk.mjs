// The office's desk: who handed out a code is asked to confirm the phone that shows its digits.

const handedOut = new Map(); // code -> { server, person }

export function remember(code, server, person) {
  handedOut.set(code, { server, person });
  return code;
}

/** Confirms the phone that used this code. Throws when nobody handed it out. */
export async function confirm(code, digits) {
  const { server, person } = handedOut.get(code);
  await server.confirm(person, digits);
}
