/** Words that people type as a password: the beginnings of the published lists of leaked passwords, and of common sentences. */
export const FREQUENT_WORDS = `
  password passwort passw motdepasse contraseña letmein welcome changeme iloveyou trustno1 secret default guest
  administrator admin root user login access account master test demo hello whatever nothing please
  monkey dragon tiger butterfly cheese cookie pepper flower sunshine rainbow shadow killer princess angel
  football baseball basketball soccer hockey liverpool chelsea arsenal superman batman spiderman pokemon
  starwars computer internet samsung google facebook summer winter spring autumn monday friday
  michael jennifer jessica charlie daniel ashley jordan thomas michelle nicole andrew matthew
  lovely lover love baby freedom forever thequickbrownfox jumpsoverthelazydog пароль
  mynameis myname thisis thisismy iamthe iam ilove ihate idontknow idontcare letme openthe mypassword my the
`
  .trim()
  .split(/\s+/);
