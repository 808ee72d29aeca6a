import { describe, expect, it } from "vitest";
import { isCommonPassword } from "../../../shared/passwords/common-passwords.ts";

it.each([
  "passwordpassword",
  "Password Password",
  "password1password1",
  "p4ssw0rdp4ssw0rd",
  "P@$$w0rd12345678",
  "password12345678",
  "Password2024!!!!",
  "123456789012345",
  "987654321098765",
  "111111111111111",
  "aaaaaaaaaaaaaaab",
  "abcdefghijklmno",
  "zyxwvutsrqponmlk",
  "qwertyuiopasdfg",
  "QWERTYUIOPASDFGH",
  "poiuytrewqlkjhg",
  "1qaz2wsx3edc4rfv",
  "1q2w3e4r5t6y7u8i",
  "qwerty1234567890",
  "abc123abc123abc123",
  "iloveyouiloveyou",
  "iloveyou!iloveyou!",
  "letmeinletmein123",
  "welcomewelcome1!",
  "administrator2023",
  "trustno1trustno1!",
  "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
  "🔑".repeat(15),
  " ".repeat(15),
  "12345678910111213",
  "1213141516171819",
  "100999897969594",
  "010203040506070809",
  "112233445566778899",
  "111222333444555",
  "a1b2c3d4e5f6g7h8",
  "qweasdzxcqweasdzxc1",
  "zxcvbnmasdfghjkl!",
  "mynameismichael1",
  "My Name Is Michael",
  "thisismypassword",
  "passwordpassword1",
  "1!passwordpassword!1",
  "pa55word-pa55word",
  "password-password-password-password",
  "manchesterunited1",
  "cristianoronaldo7",
  "mustangcorvette1!",
  "michaeljordan1984",
  "!!2024monkeys2024!!",
  "butterfly31121999",
  "123456butterfly!",
  "qwer1234qwer1234!",
  "zxcvbnm,./asdfghjkl;'",
  "йцукенгшщзхъфывапролджэ",
  "йцукенгшщзхъ12345678",
  "пароль1234567890",
  "p-a-s-s-w-o-r-d-1234",
  "p.a.s.s.w.o.r.d.1.2.3",
  "P_a_s_s_w_o_r_d_",
  "the quick brown fox jumps over the lazy dog",
])("%s is common (P5)", (password) => {
  expect(isCommonPassword(password)).toBe(true);
});

it.each([
  "seven tame owls at noon",
  "Tr0ub4dor&3 on the hill",
  "hjk3-98sd-mmq2-x",
  "test-password-1234",
  "seven quiet herons",
  "s-e-v-e-n-h-e-r-o-n-s",
  "correct horse battery staple",
  "correcthorsebatterystaple",
  "dragon quiet herons",
  "butterfly kTq9z",
  "830176492851736",
  "my dog eats 123 apples",
  "der schnelle braune Fuchs",
  "パスワードはとても長いです",
  "x7kQ9zpLw2vB4 x7kQ9zpLw2vB4",
  "8301a76492a851736a21",
  "correct horse battery staple ".repeat(8),
])("%s is not common (P5)", (password) => {
  expect(isCommonPassword(password)).toBe(false);
});

/** Repeats `text` up to `length` code points. */
const repeated = (text: string, length: number): string =>
  [...text.repeat(Math.ceil(length / [...text].length))].slice(0, length).join("");

const counted = (times: number, make: (index: number) => string): string =>
  Array.from({ length: times }, (_, index) => make(index)).join("");

describe.each([33, 48, 49, 64, 100, 200, 256])("of %d code points", (length) => {
  it.each([
    ["one letter", "a"],
    ["one digit", "1"],
    ["one emoji", "🔑"],
    ["two letters", "ab"],
    ["twelve random characters", "x7kq9zplw2vb"],
    ["a common password", "password"],
    ["a common password and a space", "password "],
    ["a common password with a mark", "Password!"],
    ["a common password with look-alikes", "p4ssw0rd"],
    ["a walk over the keyboard", "qwertyuiop"],
    ["a walk over all its rows", "qwertyuiopasdfghjklzxcvbnm"],
    ["the alphabet", "abcdefghijklmnopqrstuvwxyz"],
    ["the digits", "1234567890"],
    ["two listed passwords", "mustangcorvette"],
    ["a listed password and a year", "michaeljordan1984"],
    ["a sentence of people who are asked for a password", "thisismypassword"],
  ])("the repetition of %s is common (P9)", (_, unit) => {
    const password = repeated(unit, length);
    expect([...password]).toHaveLength(length);
    expect(isCommonPassword(password)).toBe(true);
  });
});

it.each([
  ["a common password with another mark each time", "password-password_password.password!password+password"],
  ["a common password with its number", counted(20, (index) => `password${index}`)],
  ["a common password with its number and a mark", counted(18, (index) => `Password${index}!`)],
  ["a common password and then one letter", `password${"a".repeat(200)}`],
  ["two long runs", "Ж".repeat(128) + "水".repeat(128)],
  ["the alphabet with each letter nine times", counted(26, (index) => String.fromCharCode(97 + index).repeat(9))],
  ["counting", counted(60, (index) => String(100 + index))],
  ["invisible characters between", "p\u200ba\u00ads\ufe0fsword".repeat(6)],
])("a long password is common: %s (P9)", (_, password) => {
  expect(isCommonPassword(password)).toBe(true);
});
