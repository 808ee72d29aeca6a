import { type Bcrypt, bcryptjs } from "../../../shared/passwords/bcrypt.ts";

/** Creates a bcrypt that adds up 2^cost over its calls. The sum grows with the time that bcrypt needs, so a test needs no clock. */
export const countingBcrypt = (compute: Bcrypt = bcryptjs) => {
  const count = { rounds: 0 };
  const bcrypt: Bcrypt = (input, salt) => {
    count.rounds += 2 ** Number(salt.slice(4, 6));
    return compute(input, salt);
  };
  return { bcrypt, count };
};
