import { expect, test } from "vitest";
import { isCommonPassword } from "../../../shared/passwords/common-passwords.ts";

test.each([
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
])("P5: %s is common", (password) => {
  expect(isCommonPassword(password)).toBe(true);
});

test.each([
  "seven tame owls at noon",
  "Tr0ub4dor&3 on the hill",
  "hjk3-98sd-mmq2-x",
  "test-password-1234",
  "830176492851736",
  "my dog eats 123 apples",
  "der schnelle braune Fuchs",
  "パスワードはとても長いです",
  "x7kQ9zpLw2vB4 x7kQ9zpLw2vB4",
])("P5: %s is not", (password) => {
  expect(isCommonPassword(password)).toBe(false);
});
