/** Digests of other implementations, with their origin. All of them can be imported unchanged. */
export type BcryptVector = {
  readonly origin: string;
  readonly password: string;
  readonly digest: string;
  readonly devisePepper?: string;
};

/** https://www.openwall.com/crypt/ wrapper.c (public domain), also in bcrypt-ruby's engine_spec.rb and PHP's crypt_blowfish.phpt. */
const OPENWALL = "crypt_blowfish 1.3, wrapper.c";

/** https://www.php.net/manual/en/function.password-hash.php and password-verify.php, the examples. */
const PHP = "PHP manual";

/**
 * Computed with libxcrypt's crypt(3), whose bcrypt is the crypt_blowfish that bcrypt-ruby wraps, called as
 * Devise::Encryptor.digest calls it: the password followed by the pepper.
 */
const DEVISE = "libxcrypt as Devise calls it";
const DEVISE_PEPPER =
  "b1946ac92492d2347c6235b4d2611184c7b6f35c1e3b6d0e5d3a2f1c0b9a8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a";

export const BCRYPT_VECTORS: readonly BcryptVector[] = [
  { origin: OPENWALL, password: "U*U", digest: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
  { origin: OPENWALL, password: "U*U*", digest: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK" },
  { origin: OPENWALL, password: "U*U*U", digest: "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
  { origin: OPENWALL, password: "", digest: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy" },
  {
    origin: OPENWALL,
    password: "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
    digest: "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui",
  },
  {
    origin: PHP,
    password: "rasmuslerdorf",
    digest: "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq",
  },
  {
    origin: PHP,
    password: "rasmuslerdorf",
    digest: "$2y$07$usesomesillystringfore2uDLvp1Ii2e./U9C8sBjqp8I90dH6hi",
  },
  {
    origin: DEVISE,
    password: "correct horse battery staple",
    digest: "$2a$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
  },
  {
    origin: `${DEVISE}, with a pepper that passes 72 bytes`,
    password: "correct horse battery staple",
    digest: "$2a$04$abcdefghijklmnopqrstuuef3rgmI1aAWgoZaRlTG6MWWrl0pQOKG",
    devisePepper: DEVISE_PEPPER,
  },
  {
    origin: DEVISE,
    password: "пароль на кириллице",
    digest: "$2a$05$LatchkeyLatchkeyLatchuSMwdkRkjz5WQxW6BnY1hRX4oVWL4y/G",
  },
  {
    origin: DEVISE,
    password: "naïve café crème brûlée",
    digest: "$2b$04$LatchkeyLatchkeyLatchuAJ.JpVA43FCn/upZuDBfOyIrMcMquCq",
  },
  {
    origin: `${DEVISE}, 72 bytes of emoji`,
    password: "🔑".repeat(18),
    digest: "$2y$04$LatchkeyLatchkeyLatchuXYD0xCIQz9QGQynYJcmFr2XrgqrAV3i",
  },
];
