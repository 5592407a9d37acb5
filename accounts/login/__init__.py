"""Log-in: passwords, passkeys, second factors, sessions, sign-up."""
